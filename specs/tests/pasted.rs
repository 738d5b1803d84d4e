//! What `sockspec replay TOKEN --as-test` prints for a codec of one's own, as it is pasted: it compiles, and here it passes.

/// framing/round-trip on my-codec: what is encoded comes out of the decoder, frame by frame and byte by byte.
#[test]
fn framing_round_trip_on_my_codec() {
    // Put the factory of my-codec in place of this one.
    sockspec::framing("my-codec", "u32be,max-frame=8388608".parse().expect("it is a layout"), || {
        tokio_util::codec::LengthDelimitedCodec::new()
    })
        .replay("sockspec1-QhJmcmFtaW5nL3JvdW5kLXRyaXAIbXktY29kZWMXdTMyYmUsbWF4LWZyYW1lPTgzODg2MDgNACgDAAIJLAIBAi4BAWGPE1I")
        .run()
        .assert_conformant();
}
