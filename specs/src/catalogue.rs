//! The one list of specs.

use sockspec_harness::spec::Spec;

use crate::{datagram, framing, stream, tcp, udp};

/// Every spec, group by group.
pub fn specs() -> impl Iterator<Item = &'static Spec> {
    [stream::SPECS, tcp::SPECS, datagram::SPECS, udp::SPECS, framing::SPECS].into_iter().flatten().copied()
}

/// The spec of that id.
pub fn find(id: &str) -> Option<&'static Spec> {
    specs().find(|spec| spec.id == id)
}

#[cfg(test)]
mod tests {
    use sockspec_harness::layout::Layout;
    use sockspec_harness::plan::Draw;
    use sockspec_harness::subject::Subject;
    use sockspec_harness::token::Token;

    use super::specs;

    #[test]
    fn a_token_of_every_case_is_read_again_be_it_not_made_smaller() {
        let layouts = [Layout::u32_be(), Layout::u32_be().max_frame(1 << 20), Layout::u8()];
        let codecs = layouts.map(|layout| Subject::framing("codec", layout));
        let subjects = [Subject::stream("stream"), Subject::datagram("datagram")].into_iter().chain(codecs);
        for subject in subjects {
            for spec in specs().filter(|spec| spec.needs.concern(&subject)) {
                // Of the thousands of ways to cut a few frames one is like the other.
                for experiment in (spec.experiments)(&subject, &mut Draw::new(1, &[])).into_iter().step_by(7)
                {
                    let (layout, plans) = (subject.layout.clone(), experiment.plans);
                    let token = Token { spec: spec.id.into(), system: subject.id.clone(), layout, plans };
                    assert!(token.readable().is_some(), "{} on {:?}", spec.id, subject.layout);
                }
            }
        }
    }
}
