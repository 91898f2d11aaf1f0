//! Figures, for people and for machines.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::directory::{Directory, Size};
use crate::import::Import;
use crate::in_process::InProcess;
use crate::lists::{FirstPage, Lists};
use crate::previews::Previews;
use crate::requests::Requests;
use crate::service::{Comparison, Service};

/// A figure that was taken several times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Figure {
    /// The median and range of some values; all 0 where there are none.
    pub(crate) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |ix: usize| values.get(ix).copied().unwrap_or(0.0);
        Self { median: at(values.len() / 2), least: at(0), most: at(values.len().saturating_sub(1)) }
    }

    fn json(self) -> Value {
        json!({ "median": self.median, "least": self.least, "most": self.most })
    }
}

/// What was measured.
pub(crate) struct Report {
    pub(crate) in_process: Option<InProcess>,
    pub(crate) service: Option<Service>,
    pub(crate) directory: Option<Directory>,
    pub(crate) import: Option<Import>,
    pub(crate) lists: Option<Lists>,
    pub(crate) previews: Option<Previews>,
    pub(crate) requests: Option<Requests>,
}

impl Report {
    /// For people.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.in_process.as_ref().map(|figures| write_in_process(&mut text, figures));
        let _ = self.service.as_ref().map(|figures| write_service(&mut text, figures));
        let _ = self.directory.as_ref().map(|figures| write_directory(&mut text, figures));
        let _ = self.import.as_ref().map(|figures| write_import(&mut text, figures));
        let _ = self.lists.as_ref().map(|figures| write_lists(&mut text, figures));
        let _ = self.previews.as_ref().map(|figures| write_previews(&mut text, figures));
        let _ = self.requests.as_ref().map(|figures| write_requests(&mut text, figures));
        text
    }

    /// For machines.
    pub(crate) fn json(&self) -> Value {
        json!({
            "in_process": self.in_process.as_ref().map(in_process_json),
            "service": self.service.as_ref().map(service_json),
            "people": self.directory.as_ref().map(directory_json),
            "import": self.import.as_ref().map(import_json),
            "lists": self.lists.as_ref().map(lists_json),
            "previews": self.previews.as_ref().map(|figures| pages_json(&figures.made)),
            "requests": self.requests.as_ref().map(|figures| pages_json(&figures.made)),
        })
    }
}

fn write_in_process(text: &mut String, figures: &InProcess) -> std::fmt::Result {
    let sizes = figures.sizes;
    writeln!(
        text,
        "In process: {} users, {} customers, {} sites with {} programs each; {:.1} s to decide and apply",
        sizes.users, sizes.customers, sizes.sites, sizes.programs, figures.build_seconds
    )?;
    writeln!(text, "{:<22} {:>10} {:>18} {:>9} {:>9}", "", "ns", "range", "÷ find id", "allowed")?;
    let base = figures.find_id.median;
    let row = |name: &str, figure: Figure, allowed: Option<f64>| {
        let range = format!("{:.0} to {:.0}", figure.least, figure.most);
        let allowed = allowed.map_or_else(String::new, |part| format!("{:.0} %", part * 100.0));
        format!("{name:<22} {:>10.0} {range:>18} {:>9.2} {allowed:>9}", figure.median, figure.median / base)
    };
    writeln!(text, "{}", row("find a user's id", figures.find_id, None))?;
    for check in &figures.checks {
        let name = format!("{}, {}", check.about, check.keys);
        writeln!(text, "{}", row(&name, check.nanos, Some(check.allowed)))?;
    }
    writeln!(text)
}

fn write_service(text: &mut String, figures: &Service) -> std::fmt::Result {
    writeln!(
        text,
        "Over the wire: {} users, {} connections × {} in flight, {} pairs; loaded in {:.1} s",
        figures.users,
        crate::load::CONNECTIONS,
        crate::load::IN_FLIGHT,
        figures.pairs,
        figures.load_seconds
    )?;
    for Comparison { name, rows } in &figures.comparisons {
        writeln!(text, "{name}")?;
        writeln!(text, "{:<22} {:>8} {:>16} {:>14} {:>14}", "", "ratio", "range", "one", "other")?;
        for row in rows {
            let range = format!("{:.2} to {:.2}", row.ratio.least, row.ratio.most);
            writeln!(
                text,
                "{:<22} {:>8.2} {range:>16} {:>14.1} {:>14.1}",
                row.name, row.ratio.median, row.one.median, row.other.median
            )?;
        }
    }
    Ok(())
}

fn write_import(text: &mut String, figures: &Import) -> std::fmt::Result {
    writeln!(text, "New people a second: a list of {} in parts of 1000", figures.people)?;
    for (name, figure) in [("decided", figures.decided), ("in a database file", figures.stored)] {
        let range = format!("{:.0} to {:.0}", figure.least, figure.most);
        writeln!(text, "{name:<22} {:>10.0} {range:>18}", figure.median)?;
    }
    writeln!(text, "{:<22} {:>10.0}", "the whole list", figures.overall)?;
    let Some(micros) = figures.processor else { return Ok(()) };
    writeln!(text, "{micros:.0} µs of processor time for each who was stored")
}

fn write_lists(text: &mut String, figures: &Lists) -> std::fmt::Result {
    let sizes = figures.sizes;
    writeln!(text, "First pages of 100, in process: {} users, {} customers", sizes.users, sizes.customers)?;
    write_pages(text, &figures.pages)?;
    let Figure { median, least, most } = figures.a_second;
    writeln!(text, "{} customers streamed: {median:.0} a second, {least:.0} to {most:.0}", figures.streamed)
}

fn write_previews(text: &mut String, figures: &Previews) -> std::fmt::Result {
    let sizes = figures.sizes;
    writeln!(text, "Previews, in process: {} users, {} customers", sizes.users, sizes.customers)?;
    write_pages(text, &figures.made)
}

fn write_requests(text: &mut String, figures: &Requests) -> std::fmt::Result {
    writeln!(text, "Requests, {} of which wait for approval; lists over the wire", figures.open)?;
    write_pages(text, &figures.made)
}

fn write_pages(text: &mut String, pages: &[FirstPage]) -> std::fmt::Result {
    writeln!(text, "{:<38} {:>7} {:>12} {:>12}", "", "rows", "p50, µs", "p99, µs")?;
    for page in pages {
        writeln!(text, "{:<38} {:>7} {:>12.0} {:>12.0}", page.name, page.rows, page.p50, page.p99)?;
    }
    Ok(())
}

fn pages_json(pages: &[FirstPage]) -> Value {
    let page = |page: &FirstPage| json!({ "name": page.name, "rows": page.rows, "p50_micros": page.p50, "p99_micros": page.p99 });
    pages.iter().map(page).collect()
}

fn lists_json(figures: &Lists) -> Value {
    json!({
        "users": figures.sizes.users,
        "customers": figures.sizes.customers,
        "first_pages": pages_json(&figures.pages),
        "streamed_rows": figures.streamed,
        "rows_a_second": figures.a_second.json(),
    })
}

fn import_json(figures: &Import) -> Value {
    json!({
        "people": figures.people,
        "decided": figures.decided.json(),
        "stored": figures.stored.json(),
        "overall": figures.overall,
        "processor_micros": figures.processor,
    })
}

/// A line for each question; its growth is that of what half of the calls took at most.
fn write_directory(text: &mut String, figures: &Directory) -> std::fmt::Result {
    let sizes: Vec<String> =
        figures.sizes.iter().map(|s| format!("{} loaded in {:.0} s", s.people, s.load_seconds)).collect();
    writeln!(text, "People: {}", sizes.join(", "))?;
    write!(text, "{:<24} {:>5}", "", "rows")?;
    for _ in &figures.sizes {
        write!(text, " {:>10} {:>10}", "p50, µs", "p99, µs")?;
    }
    writeln!(text, " {:>8}", "growth")?;
    let [first, last] = [figures.sizes.first(), figures.sizes.last()];
    for (at, row) in first.into_iter().flat_map(|size| &size.rows).enumerate() {
        let all = figures.sizes.iter().filter_map(|size| size.rows.get(at));
        let most = all.clone().map(|row| row.rows).max().unwrap_or(0);
        write!(text, "{:<24} {most:>5}", row.name)?;
        for row in all {
            write!(text, " {:>10.0} {:>10.0}", row.p50, row.p99)?;
        }
        let grown = last.and_then(|size| size.rows.get(at)).map_or(0.0, |last| last.p50 / row.p50);
        writeln!(text, " {grown:>8.2}")?;
    }
    Ok(())
}

fn in_process_json(figures: &InProcess) -> Value {
    json!({
        "users": figures.sizes.users,
        "customers": figures.sizes.customers,
        "sites": figures.sizes.sites,
        "programs": figures.sizes.programs,
        "seed": figures.sizes.seed,
        "build_seconds": figures.build_seconds,
        "find_id_ns": figures.find_id.json(),
        "checks": figures.checks.iter().map(|check| json!({
            "about": check.about,
            "keys": check.keys,
            "ns": check.nanos.json(),
            "allowed": check.allowed,
        })).collect::<Vec<_>>(),
    })
}

fn service_json(figures: &Service) -> Value {
    json!({
        "users": figures.users,
        "pairs": figures.pairs,
        "load_seconds": figures.load_seconds,
        "comparisons": figures.comparisons.iter().map(|one| json!({
            "name": one.name,
            "rows": one.rows.iter().map(|row| json!({
                "name": row.name,
                "ratio": row.ratio.json(),
                "one": row.one.json(),
                "other": row.other.json(),
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn directory_json(figures: &Directory) -> Value {
    let size = |size: &Size| {
        json!({
            "people": size.people,
            "load_seconds": size.load_seconds,
            "questions": size.rows.iter().map(|row| json!({
                "name": row.name,
                "rows": row.rows,
                "p50_micros": row.p50,
                "p99_micros": row.p99,
            })).collect::<Vec<_>>(),
        })
    };
    figures.sizes.iter().map(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_and_the_whole_range() {
        let figure = Figure::of(vec![3.0, 1.0, 2.0]);
        assert_eq!(figure, Figure { median: 2.0, least: 1.0, most: 3.0 });
        assert_eq!(Figure::of(Vec::new()), Figure { median: 0.0, least: 0.0, most: 0.0 });
    }
}
