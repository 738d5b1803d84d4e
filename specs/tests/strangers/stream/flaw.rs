//! Every way in which a stream of this test is wrong: each in one way, at one unlucky place.

/// One way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// None: the control, which must pass.
    Sound,
    LosesByte70001,
    LosesInWritesOf1460,
    LosesInWritesOf16384,
    LosesInWritesAbove32768,
    FlipsOnSecondConnection,
    FlipsOnSeventeenthConnection,
    KeepsWhatWasLeft,
    FlipsFromPeerOnly,
    FlipsAfter2Mebibytes,
    FlipsAfter5Mebibytes,
    FlipsAtFirstMebibyte,
    FlipsOperation500,
    FlipsOperation3000,
    SwapsWaitingWrites,
    RepeatsAfterPartialWrite,
    OverReportsWhenFull,
    LosesAfterWaitingWrite,
    TextMode,
    EscapesDoubled,
    VectoredSwapsThird,
    VectoredCountsEmptySlices,
    VectoredGathersSixteen,
    VectoredRepeatsCutSlice,
    AbandonedWriteIsSent,
    WriteReadyZero,
    WriteWouldBlock,
    EmptyWriteEnds,
    EmptyWriteInserts,
    BacklogIsDropped,
    MessageMode,
    FlushIsNothing,
    FlushHoldsOddTail,
    FlushIsDoneAfterOnePart,
    FlushNeverEndsWhenIdle,
    ShutdownForgetsBuffer,
    BypassesBuffer,
    TailLostWhenMuchWaits,
    HalfCloseClosesBoth,
    HalfCloseStopsReading,
    HalfCloseLimitsReading,
    ResetAfterOwnShutdown,
    EndIsErrorWhenBytesWait,
    EndHidesLastThree,
    EndHidesAFewFromWhoWaits,
    EndWakesNobody,
    ReadOfOneRepeats,
    ReadOfSevenLoses,
    ReadAbove65535Loses,
    LargeReadAfterSmallLoses,
    ReadWouldBlock,
    ReadDoesNotAdvance,
    ReadClearsFilled,
    StaleTail,
    AbandonedReadLoses,
    EmptyReadEats,
    EmptyReadEnds,
    LostThirdWake,
    LostWriterWake,
    LostWakeAfterExactDrain,
    KeepsFirstWaker,
    OneWakerForBoth,
    LostFlushWake,
    LostShutdownWake,
    DeadlockInFullDuplex,
    CrossTalk,
    CrossedLanes,
    PanicsOnCall50,
    NeverReturns,
    HoardsMemory,
}

impl Flaw {
    /// All that are wrong.
    pub(crate) const WRONG: &[Flaw] = &[
        Flaw::LosesByte70001,
        Flaw::LosesInWritesOf1460,
        Flaw::LosesInWritesOf16384,
        Flaw::LosesInWritesAbove32768,
        Flaw::FlipsOnSecondConnection,
        Flaw::FlipsOnSeventeenthConnection,
        Flaw::KeepsWhatWasLeft,
        Flaw::FlipsFromPeerOnly,
        Flaw::FlipsAfter2Mebibytes,
        Flaw::FlipsAfter5Mebibytes,
        Flaw::FlipsAtFirstMebibyte,
        Flaw::FlipsOperation500,
        Flaw::FlipsOperation3000,
        Flaw::SwapsWaitingWrites,
        Flaw::RepeatsAfterPartialWrite,
        Flaw::OverReportsWhenFull,
        Flaw::LosesAfterWaitingWrite,
        Flaw::TextMode,
        Flaw::EscapesDoubled,
        Flaw::VectoredSwapsThird,
        Flaw::VectoredCountsEmptySlices,
        Flaw::VectoredGathersSixteen,
        Flaw::VectoredRepeatsCutSlice,
        Flaw::AbandonedWriteIsSent,
        Flaw::WriteReadyZero,
        Flaw::WriteWouldBlock,
        Flaw::EmptyWriteEnds,
        Flaw::EmptyWriteInserts,
        Flaw::BacklogIsDropped,
        Flaw::MessageMode,
        Flaw::FlushIsNothing,
        Flaw::FlushHoldsOddTail,
        Flaw::FlushIsDoneAfterOnePart,
        Flaw::FlushNeverEndsWhenIdle,
        Flaw::ShutdownForgetsBuffer,
        Flaw::BypassesBuffer,
        Flaw::TailLostWhenMuchWaits,
        Flaw::HalfCloseClosesBoth,
        Flaw::HalfCloseStopsReading,
        Flaw::HalfCloseLimitsReading,
        Flaw::ResetAfterOwnShutdown,
        Flaw::EndIsErrorWhenBytesWait,
        Flaw::EndHidesLastThree,
        Flaw::EndHidesAFewFromWhoWaits,
        Flaw::EndWakesNobody,
        Flaw::ReadOfOneRepeats,
        Flaw::ReadOfSevenLoses,
        Flaw::ReadAbove65535Loses,
        Flaw::LargeReadAfterSmallLoses,
        Flaw::ReadWouldBlock,
        Flaw::ReadDoesNotAdvance,
        Flaw::ReadClearsFilled,
        Flaw::StaleTail,
        Flaw::AbandonedReadLoses,
        Flaw::EmptyReadEats,
        Flaw::EmptyReadEnds,
        Flaw::LostThirdWake,
        Flaw::LostWriterWake,
        Flaw::LostWakeAfterExactDrain,
        Flaw::KeepsFirstWaker,
        Flaw::OneWakerForBoth,
        Flaw::LostFlushWake,
        Flaw::LostShutdownWake,
        Flaw::DeadlockInFullDuplex,
        Flaw::CrossTalk,
        Flaw::CrossedLanes,
        Flaw::PanicsOnCall50,
        Flaw::NeverReturns,
        Flaw::HoardsMemory,
    ];

    /// The specs that are known to catch it; one of them is enough.
    pub(crate) fn caught_by(self) -> &'static [&'static str] {
        match self {
            Flaw::FlipsAfter2Mebibytes | Flaw::FlipsAfter5Mebibytes | Flaw::FlipsAtFirstMebibyte => {
                &["stream/unbounded"]
            }
            Flaw::FlipsOnSecondConnection
            | Flaw::FlipsOnSeventeenthConnection
            | Flaw::KeepsWhatWasLeft
            | Flaw::CrossTalk => &["stream/independent-connections"],
            Flaw::FlipsOperation500 | Flaw::FlipsOperation3000 | Flaw::PanicsOnCall50 => &["stream/steady"],
            Flaw::FlushIsNothing | Flaw::FlushNeverEndsWhenIdle => &["stream/flush-makes-visible"],
            Flaw::FlushHoldsOddTail | Flaw::FlushIsDoneAfterOnePart => &["stream/flush-makes-visible"],
            Flaw::VectoredSwapsThird
            | Flaw::VectoredCountsEmptySlices
            | Flaw::VectoredGathersSixteen
            | Flaw::VectoredRepeatsCutSlice => &["stream/vectored-writes"],
            Flaw::EmptyWriteEnds | Flaw::EmptyWriteInserts => &["stream/empty-write"],
            Flaw::EmptyReadEats | Flaw::EmptyReadEnds => &["stream/empty-read"],
            Flaw::LostThirdWake
            | Flaw::LostWriterWake
            | Flaw::LostWakeAfterExactDrain
            | Flaw::KeepsFirstWaker
            | Flaw::LostFlushWake
            | Flaw::LostShutdownWake
            | Flaw::EndWakesNobody
            | Flaw::EndHidesAFewFromWhoWaits
            | Flaw::OneWakerForBoth => &["stream/wake-ups"],
            Flaw::DeadlockInFullDuplex => &["stream/full-duplex"],
            Flaw::HalfCloseClosesBoth | Flaw::HalfCloseStopsReading | Flaw::HalfCloseLimitsReading => {
                &["stream/half-close"]
            }
            Flaw::BacklogIsDropped => &["stream/half-close", "stream/write-count"],
            Flaw::AbandonedWriteIsSent => &["stream/cancelled-write", "stream/shutdown-flushes"],
            Flaw::TailLostWhenMuchWaits
            | Flaw::BypassesBuffer
            | Flaw::ShutdownForgetsBuffer
            | Flaw::EndHidesLastThree => &["stream/shutdown-flushes"],
            Flaw::ResetAfterOwnShutdown | Flaw::EndIsErrorWhenBytesWait => &["stream/end-after-last-byte"],
            Flaw::AbandonedReadLoses => &["stream/cancelled-read"],
            Flaw::NeverReturns | Flaw::HoardsMemory => &["stream/ordered"],
            _ => &["stream/short-reads", "stream/lossless"],
        }
    }

    /// Whether it keeps small writes until they are flushed.
    pub(crate) fn buffers(self) -> bool {
        matches!(
            self,
            Flaw::FlushIsNothing
                | Flaw::FlushHoldsOddTail
                | Flaw::FlushIsDoneAfterOnePart
                | Flaw::ShutdownForgetsBuffer
                | Flaw::BypassesBuffer
                | Flaw::LostFlushWake
                | Flaw::LostShutdownWake
        )
    }

    /// How much may wait in a lane.
    pub(crate) fn capacity(self) -> usize {
        if self == Flaw::BacklogIsDropped { usize::MAX } else { 64 << 10 }
    }
}
