//! A report as the tables of docs/performance.md.

use std::fmt::Write;

use super::{Measured, Report, Series, median, thousands};
use crate::capacity::IN_TIME;
use crate::suite::Database;
use crate::target::Verdict;

/// Every table of a report.
pub fn write(report: &Report) -> String {
    let machine = &report.machine;
    let mut text = format!(
        "Measured {} at commit {} on {} cores of {}, {} GiB, Linux {}, {}, {}.\n\n",
        report.time,
        machine.commit,
        machine.cores,
        machine.processor,
        machine.memory >> 30,
        machine.kernel,
        machine.postgres,
        machine.redis
    );
    if report.seconds > 0.0 {
        let _ = writeln!(
            text,
            "The whole run took {:.0} minutes, with what had to be filled.\n",
            report.seconds / 60.0
        );
    }
    text += "### Promises\n\n";
    text += &verdicts(report);
    if let Some(overhead) = &report.overhead {
        let _ = writeln!(
            text,
            "\nA get inside one process takes {} and {} of processor time with what is written later; the same query and \
             answer without permission, tenancy, audit and metrics takes {} and {}.",
            time(overhead.whole),
            time(overhead.whole_processor),
            time(overhead.bare),
            time(overhead.bare_processor)
        );
    }
    for setup in &report.setups {
        let _ = writeln!(text, "\n### {}\n", name(&setup.setup.name()));
        text += &measured(setup, machine.cores);
    }
    text += &growth(report);
    text
}

fn name(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// What was promised, and whether it is kept.
pub fn verdicts(report: &Report) -> String {
    let mut text = String::from("| promise | bound | measured | kept |\n|---|---|---|---|\n");
    for verdict in &report.targets {
        let Verdict { promise, bound, at_least, measured, unit, how } = verdict;
        let sign = if *at_least { "≥" } else { "≤" };
        let measured =
            measured.map_or_else(|| "not measured".to_owned(), |found| format!("{found:.1} {unit}"));
        let kept = match verdict.kept() {
            None => "",
            Some(true) => "yes",
            Some(false) => "**no**",
        };
        let _ = writeln!(text, "| {promise} ({how}) | {sign} {bound} {unit} | {measured} | {kept} |");
    }
    text
}

fn measured(setup: &Measured, cores: usize) -> String {
    let mut text = String::new();
    let rows = setup.counts.iter().map(|(table, count)| format!("{} {table}", thousands(*count)));
    let _ =
        writeln!(text, "{}. Filled in {:.0} s.\n", rows.collect::<Vec<_>>().join(", "), setup.seed_seconds);
    if !setup.operations.is_empty() {
        let _ = writeln!(
            text,
            "| operation | a second, {} at once | of its floor | p50 alone | p99 alone | p50 | p99 |\n|---|---|---|---|---|---|---|",
            setup.connections
        );
        for series in setup.floors.iter().chain(&setup.operations) {
            let _ = writeln!(text, "{}", row(setup, series));
        }
        text += &limits(setup, cores);
    }
    for (name, memory) in &setup.idle {
        let peak = setup.memory.get(name).map_or(0, |memory| memory.peak);
        let _ = writeln!(
            text,
            "\nMemory of {name}: {} MiB idle, {} MiB of it its own, the others of the executable; {} MiB at most.",
            memory.resident >> 20,
            memory.private >> 20,
            peak >> 20
        );
    }
    let _ = writeln!(text, "\nStart until ready: {:.0} ms.", median(setup.starts.iter().copied()));
    if let Some(mixed) = &setup.mixed {
        let _ = writeln!(
            text,
            "\n{} people, {} s between two requests, {:.0} requests a second of {:.0} at saturation; {} errors.\n\n| | count | p50 | p95 | p99 | p99.9 |\n|---|---|---|---|---|---|",
            thousands(mixed.people as u64),
            mixed.think_seconds,
            mixed.throughput,
            mixed.saturation,
            mixed.errors.values().sum::<u64>()
        );
        let all = ("all".to_owned(), mixed.latencies);
        let each = mixed.operations.iter().map(|(name, latencies)| (name.clone(), *latencies));
        for (name, latencies) in std::iter::once(all).chain(each) {
            let count = mixed.counts.get(&name).copied().unwrap_or_else(|| mixed.counts.values().sum());
            let [p50, p95, p99, p999] = [latencies.p50, latencies.p95, latencies.p99, latencies.p999]
                .map(|micros| time(micros as f64));
            let _ = writeln!(text, "| {name} | {} | {p50} | {p95} | {p99} | {p999} |", thousands(count));
        }
    }
    if let Some(capacity) = &setup.capacity {
        let _ = writeln!(
            text,
            "\n**{} people at once** are served with a 95th percentile within {}, thinking {} s between two requests.\n\n| people | p95 | requests a second | errors |\n|---|---|---|---|",
            thousands(capacity.people as u64),
            time(IN_TIME as f64),
            capacity.think_seconds
        );
        for (people, p95, throughput, errors) in &capacity.tried {
            let _ = writeln!(
                text,
                "| {} | {} | {throughput:.0} | {errors} |",
                thousands(*people as u64),
                time(*p95 as f64)
            );
        }
    }
    text
}

/// What each operation takes at saturation, and so what limits it.
fn limits(setup: &Measured, cores: usize) -> String {
    let mut text = String::from(
        "\nWhat one takes at saturation, and what limits it:\n\n| operation | processor time | busy processors | statements | waits for a connection |\n|---|---|---|---|---|\n",
    );
    for series in &setup.operations {
        let share = series.share();
        let total: f64 = share.processor.values().sum();
        let busy = total * series.throughput() / 1e6 / cores.max(1) as f64;
        let mut parts: Vec<(&String, &f64)> = share.processor.iter().collect();
        parts.sort_by(|one, other| other.1.total_cmp(one.1));
        let parts = parts.iter().filter(|(_, micros)| **micros >= total * 0.02);
        let parts = parts.map(|(name, micros)| {
            format!("{name} {} ({:.0} %)", time(**micros), **micros / total.max(1e-9) * 100.0)
        });
        let statements = match setup.setup.database {
            Database::Sqlite => String::new(),
            Database::Postgres => format!("{:.1}", share.statements),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} % | {statements} | {} |",
            series.sentence,
            parts.collect::<Vec<_>>().join(", "),
            busy * 100.0,
            time(share.wait)
        );
    }
    if !setup.statements.is_empty() {
        text += "\nThe statements that took the most time:\n\n| statement | calls | mean |\n|---|---|---|\n";
        for (statement, calls, mean) in &setup.statements {
            let statement = statement.replace('|', "\\|");
            let short: String = statement.chars().take(160).collect();
            let _ =
                writeln!(text, "| `{}` | {} | {} |", short.replace('`', "'"), thousands(*calls), time(*mean));
        }
    }
    text
}

fn row(setup: &Measured, series: &Series) -> String {
    let ratio = match setup.ratios(series) {
        ratios if ratios.is_empty() => String::new(),
        ratios => format!("{:.1} % of {}", median(ratios) * 100.0, series.floor),
    };
    let errors = series.errors.values().sum::<u64>();
    let errors = if errors > 0 { format!(" ({errors} errors)") } else { String::new() };
    let times = [
        series.alone(|latency| latency.p50),
        series.alone(|latency| latency.p99),
        series.saturated(|latency| latency.p50),
        series.saturated(|latency| latency.p99),
    ]
    .map(|micros| if micros > 0.0 { time(micros) } else { String::new() });
    let throughput = thousands(series.throughput().round() as u64);
    let [one, two, three, four] = times;
    format!("| {}{errors} | {throughput} | {ratio} | {one} | {two} | {three} | {four} |", series.sentence)
}

fn growth(report: &Report) -> String {
    let Some(growth) = &report.growth else { return String::new() };
    let mut text = String::from("\n### Growth\n\n| operation, p50 alone |");
    for setup in &growth.setups {
        let _ = write!(text, " {} |", thousands(setup.accounts));
    }
    let _ = writeln!(text, " growth |\n|---|{}---|", "---|".repeat(growth.setups.len()));
    for row in growth.rows() {
        let _ = write!(text, "| {} |", row.sentence);
        for (micros, answered) in row.times.into_iter().zip(row.answered) {
            let _ = write!(text, " {} ({answered:.0}) |", time(micros));
        }
        let _ = writeln!(text, " {:.2} |", row.growth);
    }
    text += "\nIn brackets: how many records an answer is about. What a larger answer takes by itself is no growth.\n";
    text += "\nFilters on custom fields are not measured: there are no custom fields yet.\n";
    text
}

/// A time in the unit that reads best.
pub fn time(micros: f64) -> String {
    match micros {
        small if small < 1_000.0 => format!("{small:.0} µs"),
        middle if middle < 100_000.0 => format!("{:.1} ms", middle / 1_000.0),
        large if large < 1_000_000.0 => format!("{:.0} ms", large / 1_000.0),
        seconds => format!("{:.1} s", seconds / 1_000_000.0),
    }
}
