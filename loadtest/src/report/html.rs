//! A report as one page with charts, which needs nothing but itself.

use std::fmt::Write;

use super::{Measured, Report, Series, markdown, median, thousands};
use crate::drive::Percentiles;

/// The page.
pub fn write(report: &Report) -> String {
    let mut body = format!(
        "<h1>Load test</h1><p>{} · commit {} · {} cores of {}</p>",
        escape(&report.time),
        escape(&report.machine.commit),
        report.machine.cores,
        escape(&report.machine.processor)
    );
    body += "<h2>Promises</h2>";
    body += &table(&markdown::verdicts(report));
    for setup in &report.setups {
        let _ = write!(body, "<h2>{}</h2>", escape(&setup.setup.name()));
        body += &charts(setup);
    }
    if let Some(growth) = &report.growth {
        body += "<h2>Growth</h2>";
        for row in growth.rows() {
            let points: Vec<(String, f64)> = report_sizes(report).into_iter().zip(row.times).collect();
            let heading = escape(&row.sentence);
            let _ = write!(body, "<h3>{heading} ({:.2} times)</h3>{}", row.growth, bars(&points));
        }
    }
    let _ = write!(body, "<h2>Tables</h2>{}", tables(&markdown::write(report)));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Load test</title><style>{STYLE}</style>{body}</html>"
    )
}

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1f2937}\
    table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #e5e7eb;padding:.25rem .6rem;text-align:left}\
    svg{display:block;max-width:100%}svg text{font:12px system-ui,sans-serif;fill:#374151}h3{margin-bottom:.2rem}";

fn report_sizes(report: &Report) -> Vec<String> {
    let setups = report.growth.iter().flat_map(|growth| &growth.setups);
    setups.map(|setup| thousands(setup.accounts)).collect()
}

fn charts(setup: &Measured) -> String {
    let mut text = String::new();
    if !setup.operations.is_empty() {
        let latency = |series: &Series| (series.sentence.clone(), series.alone(|latency| latency.p50));
        let latencies: Vec<_> = setup.operations.iter().map(latency).collect();
        let _ = write!(text, "<h3>Median latency of one at a time</h3>{}", bars(&latencies));
        let ratio = |series: &Series| (series.sentence.clone(), median(setup.ratios(series)) * 100.0);
        let ratios: Vec<_> = setup.operations.iter().map(ratio).filter(|(_, ratio)| *ratio > 0.0).collect();
        let _ = write!(text, "<h3>Throughput in percent of the floor</h3>{}", plain_bars(&ratios));
    }
    if let Some(mixed) = &setup.mixed {
        let _ = write!(
            text,
            "<h3>{} people at work: latency by second (p50, p95, p99)</h3>{}",
            thousands(mixed.people as u64),
            lines(&mixed.seconds)
        );
        let each: Vec<_> = mixed
            .operations
            .iter()
            .map(|(name, latencies)| (format!("{name}, p99"), latencies.p99 as f64))
            .collect();
        text += &bars(&each);
    }
    if let Some(capacity) = &setup.capacity {
        let mut tried = capacity.tried.clone();
        tried.sort_unstable_by_key(|(people, ..)| *people);
        let points: Vec<_> =
            tried.iter().map(|(people, p95, ..)| (format!("{people} people, p95"), *p95 as f64)).collect();
        let _ =
            write!(text, "<h3>People at once: {}</h3>{}", thousands(capacity.people as u64), bars(&points));
    }
    text
}

/// Bars of times.
fn bars(points: &[(String, f64)]) -> String {
    chart(points, markdown::time)
}

/// Bars of numbers.
fn plain_bars(points: &[(String, f64)]) -> String {
    chart(points, |number| format!("{number:.1} %"))
}

fn chart(points: &[(String, f64)], label: impl Fn(f64) -> String) -> String {
    let most = points.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
    let height = points.len() * 22;
    let mut text = format!("<svg width=\"1040\" height=\"{height}\" role=\"img\">");
    for (number, (name, value)) in points.iter().enumerate() {
        let (top, width) = (number * 22, value / most * 500.0);
        let _ = write!(
            text,
            "<text x=\"0\" y=\"{}\">{}</text><rect x=\"430\" y=\"{}\" width=\"{width:.1}\" height=\"16\" fill=\"#2563eb\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            top + 15,
            escape(name),
            top + 2,
            438.0 + width,
            top + 15,
            label(*value)
        );
    }
    text + "</svg>"
}

/// Lines over the seconds of a shift; the highest is drawn at the top.
fn lines(seconds: &[Percentiles]) -> String {
    let most = seconds.iter().map(|second| second.p99).max().unwrap_or(1).max(1) as f64;
    let step = 960.0 / seconds.len().max(2) as f64;
    let of = |choose: fn(&Percentiles) -> u64, colour: &str| {
        let points = seconds.iter().enumerate().map(|(number, second)| {
            let height = 190.0 - choose(second) as f64 / most * 180.0;
            format!("{:.1},{height:.1}", 60.0 + number as f64 * step)
        });
        let points = points.collect::<Vec<_>>().join(" ");
        format!("<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{points}\"/>")
    };
    let all = [
        of(|second| second.p50, "#16a34a"),
        of(|second| second.p95, "#2563eb"),
        of(|second| second.p99, "#dc2626"),
    ];
    format!(
        "<svg width=\"1040\" height=\"200\" role=\"img\"><text x=\"0\" y=\"14\">{}</text><text x=\"0\" y=\"194\">0</text>{}</svg>",
        markdown::time(most),
        all.concat()
    )
}

/// The tables of the text, with headings; the charts have told the rest.
fn tables(text: &str) -> String {
    let mut page = String::new();
    for block in text.split("\n\n") {
        if let Some(heading) = block.trim().strip_prefix("### ") {
            let _ = write!(page, "<h3>{}</h3>", escape(heading));
        } else if block.trim_start().starts_with('|') {
            page += &table(block);
        } else {
            let _ = write!(page, "<p>{}</p>", escape(block));
        }
    }
    page
}

fn table(text: &str) -> String {
    let mut page = String::from("<table>");
    for (number, line) in text.trim().lines().enumerate().filter(|(_, line)| !line.starts_with("|---")) {
        let tag = if number == 0 { "th" } else { "td" };
        let cells =
            line.trim_matches('|').split('|').map(|cell| format!("<{tag}>{}</{tag}>", escape(cell.trim())));
        let _ = write!(page, "<tr>{}</tr>", cells.collect::<String>());
    }
    page + "</table>"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
