//! One list of specs: every file of a group is in its table, every entry is whole, every fault it names exists.

use std::collections::BTreeSet;

use sockspec_harness::fault;
use sockspec_harness::spec::Spec;

use crate::code::blank;
use crate::tree::File;

/// The specs as shipped.
pub(crate) fn shipped() -> Vec<&'static Spec> {
    sockspec::catalogue::specs().collect()
}

/// The ids of all faults.
pub(crate) fn faults() -> Vec<&'static str> {
    fault::all().map(|fault| fault.id).collect()
}

/// Complains of entries that are not whole, and of faults without a proper name.
pub(crate) fn check_specs(specs: &[&Spec], faults: &[&str]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for spec in specs {
        let id = spec.id;
        let mut say = |what: &str| complaints.push(format!("{id}: {what}"));
        if !seen.insert(id) {
            say("the id is listed twice");
        }
        if !id.split_once('/').is_some_and(|(group, name)| is_kebab(group) && is_kebab(name)) {
            say("the id is not `group/name` in lower case with hyphens");
        }
        if spec.rule.trim().is_empty() {
            say("the rule is empty");
        }
        if spec.rule.ends_with('.') {
            say("the rule ends with a full stop");
        }
        if spec.clause.trim().is_empty() {
            say("the clause is empty");
        }
        if spec.kills.is_empty() {
            say("it kills no fault, so it is no spec");
        }
        for kill in spec.kills.iter().filter(|kill| !faults.contains(kill)) {
            say(&format!("it kills `{kill}`, which is no fault"));
        }
    }
    for (index, fault) in faults.iter().enumerate() {
        if !is_kebab(fault) || faults[..index].contains(fault) {
            complaints
                .push(format!("fault `{fault}`: the id is listed twice, or not lower case with hyphens"));
        }
    }
    complaints
}

/// Complains of files of a group that are not compiled, of specs that are not in its table, and of ids that are not paths.
///
/// What several specs of a group share may lie beside them, in a file without a spec.
pub(crate) fn check_files(files: &[File], specs: &[&Spec]) -> Vec<String> {
    let groups: BTreeSet<&str> = specs.iter().map(|spec| spec.group()).collect();
    let mut complaints = Vec::new();
    for spec in specs {
        let path = format!("specs/src/{}.rs", spec.id.replace('-', "_"));
        match files.iter().find(|file| file.path == path) {
            None => complaints.push(format!("{}: there is no {path}", spec.id)),
            Some(file) if !file.text.contains(&format!("\"{}\"", spec.id)) => {
                complaints.push(format!("{path}: it does not say that its id is {}", spec.id));
            }
            Some(_) => {}
        }
    }
    for file in files {
        let Some(place) = file.path.strip_prefix("specs/src/") else { continue };
        let Some((group, name)) = place.split_once('/') else { continue };
        if !groups.contains(group) || name == "mod.rs" {
            continue;
        }
        let module = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let table = files.iter().find(|file| file.path == format!("specs/src/{group}/mod.rs"));
        let is_compiled = |table: &File| table.text.contains(&format!("mod {module};"));
        if !module.contains('/') && !table.is_some_and(is_compiled) {
            complaints.push(format!("{}: specs/src/{group}/mod.rs has no `mod {module};`", file.path));
        }
        let id = format!("{group}/{}", module.replace('_', "-"));
        let holds_a_spec = blank(&file.text).contains(": Spec =");
        if holds_a_spec && !specs.iter().any(|spec| spec.id == id) {
            complaints.push(format!("{}: {id} is not in the table of specs/src/{group}/mod.rs", file.path));
        }
    }
    complaints
}

fn is_kebab(word: &str) -> bool {
    word.split('-')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use sockspec_harness::spec::{Needs, Spec};
    use sockspec_harness::verdict::{Level, Verdict};

    use super::{check_files, check_specs};
    use crate::tree::File;

    const SOUND: Spec = Spec {
        id: "stream/half-close",
        level: Level::Must,
        level_elsewhere: Level::Must,
        rule: "one direction ends, the other goes on",
        clause: "RFC 9293 §3.6",
        needs: Needs::STREAM,
        kills: &["early-end"],
        experiments: |_, _| Vec::new(),
        judge: |_, _, _| Verdict::Pass,
    };

    #[test]
    fn a_sound_entry_is_left_alone() {
        assert_eq!(check_specs(&[&SOUND], &["early-end"]), Vec::<String>::new());
        let files = [
            File::planted(
                "specs/src/stream/half_close.rs",
                "const SPEC: Spec = Spec { id: \"stream/half-close\" };",
            ),
            File::planted("specs/src/stream/mod.rs", "mod half_close;\nmod plans;"),
            File::planted("specs/src/stream/plans.rs", "fn shared() {}"),
            File::planted("specs/src/cli/mod.rs", ""),
        ];
        assert_eq!(check_files(&files, &[&SOUND]), Vec::<String>::new());
    }

    #[test]
    fn planted_entries_that_are_not_whole_are_seen() {
        let broken = [
            Spec { id: "stream/Half_Close", ..SOUND },
            Spec { id: "half-close", ..SOUND },
            Spec { rule: " ", ..SOUND },
            Spec { rule: "it ends.", ..SOUND },
            Spec { clause: "", ..SOUND },
            Spec { kills: &[], ..SOUND },
            Spec { kills: &["early-end", "nonsense"], ..SOUND },
        ];
        for spec in &broken {
            assert_eq!(check_specs(&[spec], &["early-end"]).len(), 1, "{spec:?}");
        }
        assert_eq!(check_specs(&[&SOUND, &SOUND], &["early-end"]).len(), 1);
        assert_eq!(check_specs(&[&SOUND], &["early-end", "early-end", "Odd"]).len(), 2);
    }

    #[test]
    fn planted_files_that_do_not_fit_are_seen() {
        let table = |text| File::planted("specs/src/stream/mod.rs", text);
        let sound = File::planted("specs/src/stream/half_close.rs", "id: \"stream/half-close\",");
        let misnamed = File::planted("specs/src/stream/half_close.rs", "id: \"stream/half-open\",");
        let unlisted =
            File::planted("specs/src/stream/forgotten.rs", "pub(super) const SPEC: Spec = Spec {};");
        let cases: [(&[File], usize); 4] = [
            (&[table("mod half_close;")], 1),
            (&[table("mod half_close;"), misnamed], 1),
            (&[table(""), sound.clone()], 1),
            (&[table("mod half_close;\nmod forgotten;"), sound, unlisted], 1),
        ];
        for (files, expected) in cases {
            assert_eq!(check_files(files, &[&SOUND]).len(), expected, "{files:?}");
        }
    }
}
