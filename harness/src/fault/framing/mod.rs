//! Faults of codecs, by where the break lies.
//!
//! | family | faults |
//! |---|---|
//! | `header` | `cut-header-forgotten` `cut-second-header-forgotten` `header-border-cut` `header-byte-by-byte` `header-cut-1` `header-cut-2` `header-cut-3` |
//! | `piece` | `byte-by-byte-frame` `clears-buffer` `coalesced-merged` `coalesced-reversed` `cut-payload-loses-first` `cut-payload-loses-last` `drops-partial-behind-frame` `early-frame` `late-cut-frame` `late-frame` `one-frame-per-piece` `third-coalesced-lost` `three-pieces` |
//! | `hollow` (empty frames) | `after-empty-frame` `empty-behind-another-swallowed` `empty-frame-ends` `empty-frame-swallowed` `empty-frame-waits` `empty-twins-merged` |
//! | `length` | `length-16-bits` `length-8-bits` `length-byte-swapped` `length-counts-header` `length-negative-accepted` `length-one-less` `length-one-more` `length-signed-bytes` `netstring-comma-cut` `netstring-comma-unchecked` `varint-one-byte` `varint-two-bytes` `varint-unbounded` |
//! | `limit` | `limit-counts-header` `limit-cuts-frame` `limit-first-frame-only` `limit-late` `limit-none` `limit-one-less` `limit-one-more` `limit-resumes-inside` |
//! | `cost` | `allocates-announced` `copies-per-piece` `hoards-frames` `scans-from-start` |
//! | `state` | `frame-256` `frame-of-128` `frame-of-255` `frame-of-256` `frame-of-65535` `second-codec` `shared-codec-state` `stale-tail-frame` |
//! | `finish` (the end of the stream) | `clean-end-refused` `end-after-header-clean` `end-in-header-clean` `end-invents-empty` `end-one-short-clean` `end-repeats-frame` `endless-frames-at-end` `truncated-end-clean` `truncated-end-short-frame` |
//! | `foreign` | `endless-frames` `panics-on-byte` `panics-on-cut-header` `panics-on-empty-frame` `panics-on-oversized` `spins-decoder` `spins-encoder` |
//! | `content` | `lossy-text` `nested-frame-unwrapped` `newline-stripped` `nul-ends-payload` `unescapes-payload` |
//! | `encode` | `encode-adds-byte` `encode-after-100` `encode-clears` `encode-counts-header` `encode-header-though-refused` `encode-length-8-bits` `encode-length-16-bits` `encode-over-limit` `encode-overwrites` `encode-refuses-largest` `encode-splits` `encode-swallows-empty` `encode-swapped` `encode-wraps` |

use super::Fault;

pub(super) const FAMILIES: &[&[Fault]] = &[];
