//! `Report: Serialize`: the layout that dashboards read, whatever format it is put in.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::run::Report;

/// The name and version of the layout.
pub const SCHEMA: &str = "sockspec.report.v1";

/// Who made a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// This tool, as every layout names it.
pub const TOOL: Tool = Tool { name: "sockspec", version: env!("CARGO_PKG_VERSION") };

impl Serialize for Report {
    /// Keys that have nothing to say are absent; the seed is a string, since JavaScript's numbers lose digits above 2^53.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let optional = [self.interrupted, self.cannot_run.is_some(), !self.stale.is_empty()]
            .iter()
            .filter(|is| **is)
            .count();
        let mut map = serializer.serialize_struct("Report", 6 + optional)?;
        map.serialize_field("schema", SCHEMA)?;
        map.serialize_field("tool", &TOOL)?;
        map.serialize_field("seed", &self.seed.to_string())?;
        match self.interrupted {
            true => map.serialize_field("interrupted", &true)?,
            false => map.skip_field("interrupted")?,
        }
        match &self.cannot_run {
            Some(reason) => map.serialize_field("cannot_run", reason)?,
            None => map.skip_field("cannot_run")?,
        }
        match self.stale.is_empty() {
            false => map.serialize_field("stale", &self.stale)?,
            true => map.skip_field("stale")?,
        }
        map.serialize_field("summary", &self.summary())?;
        // What is not a number has no place in most formats, and says nothing as a measurement.
        let measured: BTreeMap<&String, &f64> =
            self.measurements.iter().filter(|(_, value)| value.is_finite()).collect();
        map.serialize_field("measurements", &measured)?;
        map.serialize_field("results", &self.rows)?;
        map.end()
    }
}
