//! What a process writes down, and the layer that turns its spans into traces.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::traces::{self, Export};
use crate::config::{LogFormat, Settings};
use crate::error::Result;

/// Starts to write logs to the standard error output and, if the settings say where to, to export traces under the
/// name of the process; a second call changes nothing. Needs a runtime.
pub fn init_logs(settings: &Settings, name: &str) -> Result<Export> {
    // The settings were validated: a filter that cannot be read does not come this far.
    let filter = parse_filter(&settings.log.filter).unwrap_or_default();
    let colours = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(colours);
    let lines = match settings.log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    let (export, spans) = traces::layer(&settings.traces, name)?;
    let _ = tracing_subscriber::registry().with(spans).with(lines.with_filter(filter)).try_init();
    Ok(export)
}

/// Reads which log lines are wanted.
pub(crate) fn parse_filter(text: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::builder().parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_or_a_level_per_module() {
        assert!(parse_filter("info,crm_identity=debug").is_ok());
        assert!(parse_filter("crm_identity=loud").is_err());
    }
}
