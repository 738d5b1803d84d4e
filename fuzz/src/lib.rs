//! What a fuzz target is: a body of the library, and a mutator that knows plans.

use std::ffi::CStr;

mod published;

pub use libfuzzer_sys;
pub use sockspec::fuzz as targets;

/// What the address sanitizer's runtime is told if `ASAN_OPTIONS` does not say otherwise: twice the executions of its own defaults.
///
/// A freed block is kept back in the nearest cache only, nothing is written into fresh blocks, and where a block was allocated is not kept:
/// replay the input with `ASAN_OPTIONS=malloc_context_size=30` to be told. Safe code returns no address of its stack.
/// What is left at the end is a runtime that is kept on purpose, and no leak.
pub const SANITIZER_OPTIONS: &CStr = c"detect_leaks=0:detect_stack_use_after_return=0:\
    quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=0:max_malloc_fill_size=0";

/// Makes a fuzz target of one of [`targets`]: its body, and changes of plans with libFuzzer's own now and then.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        $crate::libfuzzer_sys::fuzz_target!(
            init: $crate::install(),
            |bytes: &[u8]| $crate::targets::$name.body(bytes)
        );

        $crate::libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            let plain = $crate::libfuzzer_sys::fuzzer_mutate;
            $crate::targets::$name.mutate(data, size, max_size, seed, plain)
        });

        /// The sanitizer's runtime looks for this name in the program, and for nothing but a string behind it.
        #[unsafe(no_mangle)]
        pub extern "C" fn __asan_default_options() -> *const ::std::ffi::c_char {
            $crate::SANITIZER_OPTIONS.as_ptr()
        }
    };
}

/// Makes the published codecs known to the target that compares them.
pub fn install() {
    targets::add_published(published::codecs);
    if cfg!(debug_assertions) {
        published::assert_compared();
    }
}
