//! A slip of whoever writes a check is shown at their own line, with what was wrong.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::time::Duration;

use sockspec::harness::layout::LengthField;
use sockspec::{Capability, Layout};
use tokio_util::codec::LengthDelimitedCodec;

thread_local! {
    /// The file of the last panic of this thread, and what it said.
    static SEEN: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// Where the slip is shown, and in which words.
fn seen(slip: impl FnOnce()) -> (String, String) {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let file = info.location().map(|location| location.file().to_owned()).unwrap_or_default();
            SEEN.set(Some((file, info.payload_as_str().unwrap_or("").to_owned())));
            earlier(info);
        }));
    });
    panic::catch_unwind(AssertUnwindSafe(slip)).expect_err("a slip is not passed over");
    SEEN.take().expect("the hook saw it")
}

fn check() -> sockspec::Check {
    sockspec::framing("slip", Layout::u16_be(), || {
        let mut codec = LengthDelimitedCodec::builder();
        codec.length_field_length(2).new_codec()
    })
}

#[test]
fn a_slip_is_shown_at_its_own_line() {
    let slips: [(&str, fn()); 14] = [
        ("max_frame", || _ = Layout::u16_be().max_frame(70_000)),
        ("", || _ = Layout::u16_be().adjustment(-1)),
        ("", || _ = Layout::varint().offset(1)),
        ("", || _ = Layout::of(LengthField::BigEndian { width: 9 })),
        ("leaves no payload", || _ = Layout::u16_be().adjustment(4).max_field(1)),
        ("leave no payload", || _ = Layout::u16_be().max_whole(1)),
        ("abort cannot be tried", || drop(check().with(Capability::Abort))),
        ("framing/[", || drop(check().only("framing/["))),
        ("no spec matches `stream/nothing`", || drop(check().only("stream/nothing").run())),
        ("malformed", || drop(check().replay("sockspec1-AAAA"))),
        ("cannot be opened", || drop(check().corpus("/dev/null/corpus").fuzz_cases(1))),
        ("wants some time", || drop(check().fuzz(Duration::ZERO))),
        ("wants some cases", || drop(check().fuzz_cases(0))),
        ("nothing ran", || check().only("framing/linear-time").fuzz_cases(9).assert_conformant()),
    ];
    for (words, slip) in slips {
        let (file, said) = seen(slip);
        assert!(file.ends_with("slips.rs"), "{said} is shown in {file}");
        assert!(said.contains(words), "{said}");
    }
}
