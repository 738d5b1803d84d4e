//! Text to plans.

use std::str::FromStr;

use super::line::Line;
use super::runs;
use crate::plan::{
    Actor, Cuts, Cycle, End, Feed, MAX_CUTS, MAX_STEPS, Operation, Payload, Plan, PlanTextError, Schedule,
    Setting, Step, Transfer,
};

impl FromStr for Plan {
    type Err = PlanTextError;

    /// The plan of which `text` is the text form.
    ///
    /// # Errors
    /// If it is that of no valid plan, with the first line that is wrong.
    fn from_str(text: &str) -> Result<Plan, PlanTextError> {
        let lines = text.lines().enumerate().map(|(index, line)| Line::new(index + 1, line));
        let mut lines = lines.filter(|line| !line.is_at_end()).peekable();
        let mut plan = Plan::default();
        if let Some(mut line) = lines.next_if(|line| line.peek() == "concurrent") {
            line.word();
            plan.schedule = Schedule::Concurrent;
            at_end(&line)?;
        }
        let mut cuts_left = MAX_CUTS;
        for mut line in lines {
            if plan.steps.len() == MAX_STEPS {
                return Err(line.error(format!("at most {MAX_STEPS} steps")));
            }
            plan.steps.push(step(&mut line, &mut cuts_left)?);
            at_end(&line)?;
        }
        Ok(plan)
    }
}

type Parsed<T> = Result<T, PlanTextError>;

fn at_end(line: &Line<'_>) -> Parsed<()> {
    if line.is_at_end() { Ok(()) } else { Err(line.error("the end of the line")) }
}

fn step(line: &mut Line<'_>, cuts_left: &mut usize) -> Parsed<Step> {
    Ok(Step { end: end(line)?, operation: operation(line, cuts_left)? })
}

fn end(line: &mut Line<'_>) -> Parsed<End> {
    let actors = [Actor::Client, Actor::Peer, Actor::Listener];
    let Some(actor) = actors.into_iter().find(|actor| line.take(actor.word())) else {
        return Err(line.error("`client`, `peer` or `listener`"));
    };
    Ok(End { actor, connection: line.number("the number of a connection, up to 65535", 0)? })
}

fn operation(line: &mut Line<'_>, cuts_left: &mut usize) -> Parsed<Operation> {
    let here = *line;
    let operation = match line.word() {
        "configure" => Operation::Configure(setting(line)?),
        "open" => Operation::Open,
        "bind" => Operation::Bind,
        "listen" => Operation::Listen,
        "connect" => {
            line.expect("to")?;
            Operation::Connect(end(line)?)
        }
        "accept" => {
            line.expect("from")?;
            Operation::Accept(end(line)?)
        }
        "name" => Operation::Name,
        "transfer" => Operation::Transfer(transfer(line, cuts_left)?),
        "send" if line.take("datagram") => {
            let payload = payload(line)?;
            line.expect("to")?;
            Operation::SendDatagram { payload, to: end(line)? }
        }
        "send" => Operation::Send(payload(line)?),
        "fill" => Operation::Fill(payload(line)?),
        "receive" if line.take("datagram") => Operation::ReceiveDatagram { max: buffer(line, 0)? },
        "receive" => Operation::Receive { len: length_to_receive(line)?, max: buffer(line, 1)? },
        "poll" => poll(line)?,
        "flush" => Operation::Flush,
        "shut" => {
            line.expect("down")?;
            Operation::ShutDown
        }
        "abort" => Operation::Abort,
        "drop" => Operation::Drop,
        "await" => {
            line.expect("queue")?;
            Operation::AwaitQueue { len: bytes(line)? }
        }
        "count" => Operation::Count,
        "encode" => Operation::Encode(payload(line)?),
        "frame" => Operation::Frame(payload(line)?),
        "header" => Operation::Header(line.number("the value of a length field", 0)?),
        "raw" => Operation::Raw(payload(line)?),
        "feed" => feed(line, cuts_left)?,
        _ => return Err(here.error("an operation")),
    };
    Ok(operation)
}

fn poll(line: &mut Line<'_>) -> Parsed<Operation> {
    if line.take("receive") {
        return Ok(Operation::PollReceive { max: buffer(line, 0)? });
    }
    if line.take("datagram") {
        return Ok(Operation::PollDatagram { max: buffer(line, 0)? });
    }
    if line.take("send") {
        return Ok(Operation::PollSend(payload(line)?));
    }
    Err(line.error("`receive`, `datagram` or `send`"))
}

fn feed(line: &mut Line<'_>, cuts_left: &mut usize) -> Parsed<Operation> {
    if line.take("every") {
        line.expect("way")?;
        return Ok(Operation::FeedEveryWay);
    }
    if line.take("end") {
        return Ok(Operation::FeedEnd);
    }
    let mut feed = Feed::default();
    if line.take("all") {
        line.expect("but")?;
        feed.lost = line.number("a number of bytes from 1 and below 2^32", 1)?;
    }
    if line.take(",") {
        line.expect("cut")?;
        feed.cuts = cuts(line, cuts_left)?;
    }
    Ok(Operation::Feed(feed))
}

fn setting(line: &mut Line<'_>) -> Parsed<Setting> {
    let here = *line;
    let (first, second): (_, fn(u32) -> Setting) = match line.word() {
        "nagle" => return Ok(Setting::Nagle(on_or_off(line)?)),
        "cork" => return Ok(Setting::Cork(on_or_off(line)?)),
        "receive" => ("buffer", Setting::ReceiveBuffer),
        "send" => ("buffer", Setting::SendBuffer),
        "segment" => ("size", Setting::SegmentSize),
        "private" => ("mtu", Setting::PrivateMtu),
        _ => return Err(here.error("a setting")),
    };
    line.expect(first)?;
    Ok(second(bytes(line)?))
}

fn on_or_off(line: &mut Line<'_>) -> Parsed<bool> {
    if line.take("on") {
        return Ok(true);
    }
    if line.take("off") { Ok(false) } else { Err(line.error("`on` or `off`")) }
}

fn bytes(line: &mut Line<'_>) -> Parsed<u32> {
    line.number("a number of bytes below 2^32", 0)
}

fn buffer(line: &mut Line<'_>, min: u32) -> Parsed<u32> {
    line.expect(",")?;
    line.expect("buffer")?;
    line.number(&format!("a number of bytes from {min} and below 2^32"), min)
}

fn length_to_receive(line: &mut Line<'_>) -> Parsed<u64> {
    if !line.take("to") {
        return line.number("`to the end` or a number of bytes", 0);
    }
    line.expect("the")?;
    line.expect("end")?;
    Ok(u64::MAX)
}

fn payload(line: &mut Line<'_>) -> Parsed<Payload> {
    if line.peek().starts_with('"') {
        return Ok(Payload::Literal(line.literal()?));
    }
    if line.take("cycle") {
        let here = *line;
        let unit = line.literal()?;
        if unit.is_empty() {
            return Err(here.error("a literal of a byte at least"));
        }
        line.expect("len")?;
        return Ok(Payload::Cycle(Cycle::new(unit, line.number("a number of bytes", 0)?)));
    }
    if !line.take("pattern") {
        return Err(line.error("`pattern`, `cycle` or a literal in quotation marks"));
    }
    let key = line.number("the pattern's number, below 2^32", 0)?;
    line.expect("from")?;
    let offset = line.number("an offset in bytes", 0)?;
    line.expect("len")?;
    Ok(Payload::Pattern { key, offset, len: line.number("a number of bytes", 0)? })
}

fn transfer(line: &mut Line<'_>, cuts_left: &mut usize) -> Parsed<Transfer> {
    let mut transfer = Transfer::whole(payload(line)?);
    let mut last = 0;
    while line.take(",") {
        let here = *line;
        let rank = match line.word() {
            "cut" => {
                transfer.cuts = cuts(line, cuts_left)?;
                1
            }
            "reads" => {
                transfer.reads = reads(line)?;
                2
            }
            "slices" => {
                transfer.slices = line.number("a number of slices from 1 to 255", 1)?;
                3
            }
            "reader" => {
                line.expect("waits")?;
                transfer.reader_waits = true;
                4
            }
            _ => 0,
        };
        if rank <= last {
            let wanted = "`cut`, `reads`, `slices` or `reader waits`, each at most once, in this order";
            return Err(here.error(wanted));
        }
        last = rank;
    }
    Ok(transfer)
}

fn reads(line: &mut Line<'_>) -> Parsed<Vec<u32>> {
    let mut reads = Vec::new();
    while reads.is_empty() || !line.peek().is_empty() {
        reads.push(line.number("the size of a read in bytes, from 1 and below 2^32", 1)?);
    }
    Ok(reads)
}

fn cuts(line: &mut Line<'_>, cuts_left: &mut usize) -> Parsed<Cuts> {
    if line.take("every") {
        let len = line.number("the length of a piece in bytes, from 1 and below 2^32", 1)?;
        return Ok(Cuts::Every { len, joined: line.take("joined") });
    }
    if !line.take("at") {
        return Err(line.error("`at` or `every`"));
    }
    Ok(Cuts::At(runs::parse(line, cuts_left)?))
}

#[cfg(test)]
mod tests {
    use crate::plan::samples::{any_bytes, any_plan};
    use crate::plan::{Cuts, Draw, End, Operation, Payload, Plan, Schedule, Script, Transfer};

    #[test]
    fn every_plan_comes_back_from_its_text() {
        let mut draw = Draw::new(1, &["text"]);
        for _ in 0..3000 {
            let plan = any_plan(&mut draw);
            let text = plan.to_string();
            assert_eq!(text.parse().as_ref(), Ok(&plan), "{text}");
            assert_eq!(
                text.lines().count(),
                plan.steps.len() + usize::from(plan.schedule == Schedule::Concurrent)
            );
        }
    }

    #[test]
    fn what_a_report_shows_is_what_is_documented() {
        let literal = Transfer {
            cuts: Cuts::Every { len: 1, joined: true },
            reads: vec![1, 7],
            slices: 3,
            reader_waits: true,
            ..Transfer::whole(Payload::Literal(b"\x00\"a b\",\xFF".to_vec()))
        };
        let plan = Script::open()
            .concurrent()
            .step(End::client(0), Operation::Transfer(literal))
            .step(End::peer(12), Operation::Accept(End::listener(0)))
            .exchange(End::client(0), End::peer(0), 9)
            .finish(End::client(0))
            .plan();
        let text = r#"concurrent
client 0  open
client 0  transfer "\x00\"a b\",\xff", cut every 1 joined, reads 1 7, slices 3, reader waits
peer 12   accept from listener 0
client 0  send datagram pattern 131073 from 0 len 9 to peer 0
peer 0    receive datagram, buffer 65536
client 0  shut down
peer 0    receive to the end, buffer 65536"#;
        assert_eq!(plan.to_string(), text);
        assert_eq!(text.parse(), Ok(plan.clone()));
        let spaced = text.replace(' ', "  \t").replace('\n', "\r\n \n");
        assert_eq!(spaced.replace("a  \tb", "a b").parse(), Ok(plan));
    }

    #[test]
    fn errors_say_where_what_was_wanted_and_what_was_seen() {
        let cases = [
            ("client 0 opne", "line 1: wanted an operation, saw `opne`"),
            ("\n\nserver 0 open", "line 3: wanted `client`, `peer` or `listener`, saw `server 0 open`"),
            ("client 65536 open", "line 1: wanted the number of a connection, up to 65535, saw `65536 open`"),
            ("client +1 open", "line 1: wanted the number of a connection, up to 65535, saw `+1 open`"),
            ("client 0 open\nconcurrent", "line 2: wanted `client`, `peer` or `listener`, saw `concurrent`"),
            ("concurrent yes", "line 1: wanted the end of the line, saw `yes`"),
            ("client 0 open it", "line 1: wanted the end of the line, saw `it`"),
            ("client 0 shut", "line 1: wanted `down`, saw the end of the line"),
            ("peer 0 receive 3", "line 1: wanted `,`, saw the end of the line"),
            ("peer 0 receive 3, buffer 0", "line 1: wanted a number of bytes from 1 and below 2^32, saw `0`"),
            ("client 0 configure nagle 1", "line 1: wanted `on` or `off`, saw `1`"),
            ("client 0 send \"ab", "line 1: wanted a literal with its closing `\"`, saw `\\\"ab`"),
            (
                "client 0 send cycle \"\" len 3",
                "line 1: wanted a literal of a byte at least, saw `\\\"\\\" len 3`",
            ),
            (
                "client 0 send \"é\"",
                "line 1: wanted printable ASCII or one of \\xNN \\n \\r \\t \\\" \\' \\\\, saw `é\\\"`",
            ),
            (
                "client 0 transfer \"ab\", cut at 2 2",
                "line 1: wanted a cut behind 2, such as `3`, `3+` or `3..3`, saw `2`",
            ),
            (
                "client 0 transfer \"ab\", cut at 1..4000000000",
                "line 1: wanted at most 16 cuts in a run, saw `1..4000000000`",
            ),
            (
                "client 0 transfer \"ab\", reads 1, reads 2",
                "line 1: wanted `cut`, `reads`, `slices` or `reader waits`, each at most once, in this order, saw `reads 2`",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Plan>().unwrap_err().to_string(), message);
        }
        let long = format!("client 0 {}", "é".repeat(99)).parse::<Plan>().unwrap_err();
        assert_eq!(long.seen, format!("`{}…`", "é".repeat(40)));
    }

    #[test]
    fn no_text_at_all_makes_it_panic() {
        let mut draw = Draw::new(2, &["text"]);
        let words = [
            "client", "0", " ", "\n", ",", "\"", "\\x", "+", "..", "/", "cut at", "pattern", "é", "transfer",
        ];
        for _ in 0..3000 {
            let mut text = any_plan(&mut draw).to_string().into_bytes();
            for _ in 0..draw.between(1, 4) {
                let at = draw.between(0, text.len() as u64) as usize;
                let end = (at + draw.between(0, 5) as usize).min(text.len());
                text.splice(at..end, draw.pick(&words).bytes());
            }
            if let Ok(plan) = String::from_utf8_lossy(&text).parse::<Plan>() {
                assert_eq!(Plan::decode(&plan.encode()), plan, "a parsed plan is valid");
            }
            let noise = any_bytes(&mut draw, 200);
            let _ = String::from_utf8_lossy(&noise).parse::<Plan>();
        }
    }
}
