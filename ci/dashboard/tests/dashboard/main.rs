//! The program as people and CI call it: real files in, real files out, and everything written is read back.

mod codecs;
mod export;
mod history;
mod openmetrics;
mod page;
mod refusal;
mod tool;
