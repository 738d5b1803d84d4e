//! What can be wrong with a layout.

/// Why a layout cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// A length field of no, or more than eight, bytes.
    #[error("a length field has 1 to 8 bytes, not {0}")]
    Width(u8),
    /// A largest frame that the length field cannot express.
    #[error(
        "a {field} holds at most {most}, so a largest payload of {max_frame} bytes with an adjustment of {adjustment} cannot be announced; set a smaller max_frame"
    )]
    MaxFrame {
        /// The length field in words.
        field: String,
        /// The largest value that it holds.
        most: u64,
        /// The largest payload asked for.
        max_frame: u64,
        /// What the length field counts besides the payload.
        adjustment: i64,
    },
    /// An adjustment so negative that the empty frame's length would be below zero.
    #[error(
        "an adjustment of {0} makes the length of an empty frame negative, which an unsigned length field cannot hold"
    )]
    NegativeLength(i64),
    /// Header bytes around a varint or a decimal length, whose width is not fixed.
    #[error(
        "a {0} has no fixed width: offset, gap, adjustment and a kept header need a length field that has one"
    )]
    NeedsFixedWidth(&'static str),
    /// A header longer than any protocol's.
    #[error("a header of {0} bytes is longer than the 64 KiB that are allowed")]
    Header(u64),
}
