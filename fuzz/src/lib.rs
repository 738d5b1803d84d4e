//! What a fuzz target is: a body of the library, and a mutator that knows plans.

mod published;

pub use libfuzzer_sys;
pub use sockspec::fuzz as targets;

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
    };
}

/// Makes the published codecs known to the target that compares them.
pub fn install() {
    targets::add_published(published::codecs);
    if cfg!(debug_assertions) {
        published::assert_compared();
    }
}
