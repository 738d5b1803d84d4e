//! Every way in which a datagram transport of this test is wrong: each in one way, at one unlucky place.

use sockspec::harness::subject::{Guarantees, Overflow};
use sockspec::{Capability, Check};

/// One way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// None: the control, which must pass.
    Sound,
    MergesTwoWaiting,
    SplitsAbove1500,
    TruncatesAbove8192,
    TruncatesAbove60000,
    SwallowsEmpty,
    EmptyIsWaited,
    EmptyIsError,
    WrongSource,
    StaleTail,
    SwapsFirstBytesOfOdd,
    Loses512,
    LosesEveryThird,
    LosesFromPeer,
    ClaimsOneLess,
    ClaimsNothing,
    ClaimsMoreThanGiven,
    SecondWakeLost,
    RestComesNext,
    CutReportsWholeLength,
    ExactBufferCuts,
    PadsTo46,
    PadsOdd,
    StopsAtZeroByte,
    LengthInTwelveBits,
    CrossTalk,
    AbandonedReceiveEats,
    FlipsDatagram300,
    FlipsLastBitOfLong,
    FlipsFromPeerOnly,
    HalvesOfTwoSwapped,
    KeepsOnlyLatest,
    RefusesAndSendsPart,
    WouldBlock,
    PanicsOnCall50,
    NeverReturns,
    SecondPairLoses,
    RepeatsBehindLater,
    ClobbersWaiting,
}

impl Flaw {
    /// All that are wrong.
    pub(crate) const WRONG: &[Flaw] = &[
        Flaw::MergesTwoWaiting,
        Flaw::SplitsAbove1500,
        Flaw::TruncatesAbove8192,
        Flaw::TruncatesAbove60000,
        Flaw::SwallowsEmpty,
        Flaw::EmptyIsWaited,
        Flaw::EmptyIsError,
        Flaw::WrongSource,
        Flaw::StaleTail,
        Flaw::SwapsFirstBytesOfOdd,
        Flaw::Loses512,
        Flaw::LosesEveryThird,
        Flaw::LosesFromPeer,
        Flaw::ClaimsOneLess,
        Flaw::ClaimsNothing,
        Flaw::ClaimsMoreThanGiven,
        Flaw::SecondWakeLost,
        Flaw::RestComesNext,
        Flaw::CutReportsWholeLength,
        Flaw::ExactBufferCuts,
        Flaw::PadsTo46,
        Flaw::PadsOdd,
        Flaw::StopsAtZeroByte,
        Flaw::LengthInTwelveBits,
        Flaw::CrossTalk,
        Flaw::AbandonedReceiveEats,
        Flaw::FlipsDatagram300,
        Flaw::FlipsLastBitOfLong,
        Flaw::FlipsFromPeerOnly,
        Flaw::HalvesOfTwoSwapped,
        Flaw::KeepsOnlyLatest,
        Flaw::RefusesAndSendsPart,
        Flaw::WouldBlock,
        Flaw::PanicsOnCall50,
        Flaw::NeverReturns,
        Flaw::SecondPairLoses,
        Flaw::RepeatsBehindLater,
        Flaw::ClobbersWaiting,
    ];

    /// The specs that are known to catch it; one of them is enough.
    pub(crate) fn caught_by(self) -> &'static [&'static str] {
        match self {
            Flaw::RestComesNext | Flaw::CutReportsWholeLength => &["datagram/truncation"],
            Flaw::CrossTalk | Flaw::SecondPairLoses => &["datagram/independent"],
            Flaw::AbandonedReceiveEats => &["datagram/cancelled-receive"],
            Flaw::RefusesAndSendsPart => &["datagram/oversize-refused"],
            Flaw::SwallowsEmpty => &["datagram/empty"],
            Flaw::SecondWakeLost => &["datagram/wake-ups"],
            Flaw::Loses512 | Flaw::ExactBufferCuts => &["datagram/whole-or-nothing"],
            Flaw::FlipsDatagram300 | Flaw::TruncatesAbove60000 => &["datagram/integrity"],
            _ => &["datagram/boundaries"],
        }
    }

    /// What a transport says of itself that is wrong in this way and could not be told for sure if it promised nothing.
    pub(crate) fn declared(self, check: Check) -> Check {
        let reliable = Guarantees {
            lossless: true,
            ordered: true,
            on_overflow: Overflow::Blocks,
            max_message: Some(65_000),
            ..Guarantees::DATAGRAM
        };
        match self {
            Flaw::RefusesAndSendsPart => check.guarantees(reliable).with(Capability::RefusesOversize),
            Flaw::Loses512
            | Flaw::LosesEveryThird
            | Flaw::LosesFromPeer
            | Flaw::KeepsOnlyLatest
            | Flaw::SecondPairLoses
            | Flaw::RepeatsBehindLater
            | Flaw::EmptyIsWaited
            | Flaw::HalvesOfTwoSwapped
            | Flaw::AbandonedReceiveEats => check.guarantees(reliable),
            _ => check,
        }
    }
}
