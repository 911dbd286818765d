//! Tables that fit the screen and say what they leave out; complete if the output is not a terminal.
//!
//! Columns are dropped from the middle and counted, rows are cut at the end; the footer names the
//! word that shows the rest. comfy-table sets what is left.

use super::harmless::shown;
use super::number::{NumberStyle, counted};
use super::screen::Screen;
use crate::data::{Column, Table};
use comfy_table::{Attribute, Cell, CellAlignment, presets};
use serde_json::{Value, json};
use std::io::{self, Write};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The widest a cell gets before it is cut with `…`.
const WIDEST_CELL: usize = 40;
/// Characters of the bar of the largest share.
const BAR: usize = 10;

/// Rows that the pager gets at most.
const LONGEST: usize = 100_000;

/// A table as text, and whether something was left out.
pub struct Drawn {
    pub text: String,
    pub cut: bool,
}

/// A column made ready to be set.
struct Ready {
    heading: String,
    cells: Vec<String>,
    right: bool,
    width: usize,
}

/// As much of a table as fits the screen.
pub fn fitted(table: &Table, screen: &Screen) -> Drawn {
    let title = usize::from(table.title.is_some());
    // Four lines stay for the prompt and what was typed, two are heading and footer.
    let room = screen.height.saturating_sub(6 + title).max(3);
    let rows = table.n_rows();
    let best = best_of_groups(table, room);
    let cut = best.as_ref().map(|(_, best)| best);
    let table = cut.unwrap_or(table);
    // A footer instead of a single row would save nothing.
    let shown = match cut {
        Some(best) => best.n_rows(),
        None if rows <= room + 1 => rows,
        None => room,
    };
    let columns = ready(table, shown);
    let kept = choose(&columns, screen.width);
    let each = best.as_ref().map(|(each, _)| *each);
    let footer = footer(rows - shown, each, &columns, &kept);
    let mut text = set(table, &columns, &kept, screen);
    let cut = footer.is_some();
    if let Some(footer) = footer {
        for line in super::prose::wrapped(&footer, screen.width.saturating_sub(1)) {
            text.push_str(&format!(" {line}\n"));
        }
    }
    Drawn { text, cut }
}

/// The table as wide and long as it is: for the pager. Of a very long one the beginning.
pub fn whole(table: &Table, screen: &Screen) -> String {
    let rows = table.n_rows().min(LONGEST);
    let columns = ready(table, rows);
    let all: Vec<Option<usize>> = (0..columns.len()).map(Some).collect();
    let mut text = set(table, &columns, &all, screen);
    if rows < table.n_rows() {
        let missing = counted((table.n_rows() - rows) as u64, "more row");
        text.push_str(&format!(
            " …   {missing}: `last | export \"rows.csv\"` writes all\n"
        ));
    }
    text
}

/// Of genes that are ranked in several groups, as `markers` and `de` give them, as many of the first of each
/// group as fit into `room`, and how many those are at most.
fn best_of_groups(table: &Table, room: usize) -> Option<(usize, Table)> {
    let [(group, column), (names, _), ..] = &table.columns[..] else {
        return None;
    };
    if group != "group" || names != "names" || table.n_rows() <= room + 1 {
        return None;
    }
    let texts: Vec<String> = (0..table.n_rows()).map(|row| column.text(row)).collect();
    let begins = |row: &usize| *row == 0 || texts[*row] != texts[*row - 1];
    let starts: Vec<usize> = (0..texts.len()).filter(begins).collect();
    let each = room / starts.len();
    if starts.len() < 2 || each == 0 {
        return None;
    }
    let ends = starts.iter().skip(1).copied().chain([texts.len()]);
    let rows = starts.iter().zip(ends);
    let rows = rows.flat_map(|(&start, end)| start..end.min(start + each));
    let rows: Vec<u32> = rows.map(|row| row as u32).collect();
    Some((each, table.pick(&rows)))
}

fn ready(table: &Table, rows: usize) -> Vec<Ready> {
    table
        .columns
        .iter()
        .map(|(heading, column)| {
            let cells = match &**column {
                Column::Number(numbers) if is_share(heading) => shares(&numbers.values[..rows]),
                column => texts(column, rows),
            };
            let cells: Vec<String> = cells.iter().map(|cell| clipped(cell)).collect();
            let heading = clipped(heading);
            let widths = cells.iter().map(|cell| cell.width());
            Ready {
                width: widths.max().unwrap_or(0).max(heading.width()),
                right: matches!(**column, Column::Number(_)) && !is_share(&heading),
                heading,
                cells,
            }
        })
        .collect()
}

/// Columns from 0 to 1 that are shown as percentages with a bar.
fn is_share(heading: &str) -> bool {
    heading == "share" || heading.starts_with("share_") || heading.starts_with("fraction")
}

/// The first rows of a column as they are shown.
pub fn texts(column: &Column, rows: usize) -> Vec<String> {
    match column {
        Column::Number(numbers) => {
            let values = &numbers.values[..rows];
            let style = NumberStyle::of(values.iter().copied());
            let show = |&value: &f64| {
                if value.is_nan() && numbers.nullable {
                    "·".to_owned()
                } else {
                    style.show(value)
                }
            };
            values.iter().map(show).collect()
        }
        column => (0..rows)
            .map(|row| match column.text(row) {
                text if text.is_empty() => "·".to_owned(),
                text => shown(&text).into_owned(),
            })
            .collect(),
    }
}

/// `25.9 %  ██████████`, the largest with the longest bar.
fn shares(values: &[f64]) -> Vec<String> {
    let largest = values.iter().copied().fold(0.0, f64::max);
    let show = |&value: &f64| {
        if value.is_nan() {
            return "NaN".to_owned();
        }
        let bar = if largest > 0.0 { value / largest } else { 0.0 };
        format!("{:>5.1} %  {}", 100.0 * value, bar_of(bar, BAR))
            .trim_end()
            .to_owned()
    };
    values.iter().map(show).collect()
}

/// A bar of eighths of characters; `share` is from 0 to 1.
pub fn bar_of(share: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

/// Without control characters, and no wider than a cell may be.
fn clipped(text: &str) -> String {
    cut(&shown(text), WIDEST_CELL)
}

/// The text, or its beginning with `…`, in `width` columns.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out + "…"
}

/// Columns that say in another form what a column beside them says: the first to go, in this order.
const SAID_TWICE: [(&str, &str); 4] = [
    ("log10_pvals_adj", "pvals_adj"),
    ("log10_pvals", "pvals"),
    ("log2_ratio_of_means", "logfoldchanges"),
    ("pvals", "pvals_adj"),
];

/// The columns that fit, in order; `None` is the gap. What is said twice goes first; of the rest
/// the middle goes, and the first and last stay.
fn choose(columns: &[Ready], width: usize) -> Vec<Option<usize>> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let total = |kept: &[usize]| kept.iter().map(|&at| columns[at].width + 2).sum::<usize>();
    for (twice, beside) in SAID_TWICE {
        let has = |name: &str| kept.iter().any(|&at| columns[at].heading == name);
        if total(&kept) > width && has(twice) && has(beside) {
            kept.retain(|&at| columns[at].heading != twice);
        }
    }
    let some: Vec<&Ready> = kept.iter().map(|&at| &columns[at]).collect();
    let chosen = from_both_sides(&some, width);
    chosen.into_iter().map(|at| at.map(|at| kept[at])).collect()
}

fn from_both_sides(columns: &[&Ready], width: usize) -> Vec<Option<usize>> {
    let n = columns.len();
    let total: usize = columns.iter().map(|column| column.width + 2).sum();
    if total <= width || n <= 2 {
        return (0..n).map(Some).collect();
    }
    let gap = 3;
    let mut room = width.saturating_sub(gap + columns[0].width + columns[n - 1].width + 4);
    let (mut left, mut right) = (1, n - 1);
    // From both sides by turns, two from the left for one from the right: names come first.
    for turn in 0.. {
        let next = if turn % 3 == 2 { right - 1 } else { left };
        if left >= right || columns[next].width + 2 > room {
            break;
        }
        room -= columns[next].width + 2;
        if next == left {
            left += 1;
        } else {
            right -= 1;
        }
    }
    let mut kept: Vec<Option<usize>> = (0..left).map(Some).collect();
    if left < right {
        kept.push(None);
    }
    kept.extend((right..n).map(Some));
    kept
}

/// What is left out: rows (of ranked genes, all but the first `each` of a group) and columns.
fn footer(
    rows: usize,
    each: Option<usize>,
    columns: &[Ready],
    kept: &[Option<usize>],
) -> Option<String> {
    let dropped: Vec<&str> = (0..columns.len())
        .filter(|&i| !kept.contains(&Some(i)))
        .map(|i| columns[i].heading.as_str())
        .collect();
    let mut missing = Vec::new();
    match each {
        Some(1) => missing.push("the first of each group".to_owned()),
        Some(each) => missing.push(format!("the first {each} of each group")),
        None => {}
    }
    if rows > 0 {
        missing.push(counted(rows as u64, "more row"));
    }
    if !dropped.is_empty() {
        let named = dropped[..dropped.len().min(4)].join(", ");
        let rest = if dropped.len() > 4 { ", …" } else { "" };
        let number = counted(dropped.len() as u64, "more column");
        missing.push(format!("{number} ({named}{rest})"));
    }
    (!missing.is_empty()).then(|| format!("…   {}: `last` shows all", missing.join(", ")))
}

/// Title, headings and rows, set by comfy-table; what does not fit has been left out before.
fn set(table: &Table, columns: &[Ready], kept: &[Option<usize>], screen: &Screen) -> String {
    let mut out = comfy_table::Table::new();
    out.load_style(presets::NOTHING);
    if screen.has_color() {
        out.enforce_styling();
    } else {
        out.force_no_tty();
    }
    let heading = |text: &str| Cell::new(text).add_attribute(Attribute::Bold);
    out.set_header(kept.iter().map(|at| match at {
        Some(i) => heading(&columns[*i].heading),
        None => heading("…"),
    }));
    for row in 0..columns.first().map_or(0, |column| column.cells.len()) {
        out.add_row(kept.iter().map(|at| match at {
            Some(i) => Cell::new(&columns[*i].cells[row]),
            None => Cell::new("…"),
        }));
    }
    for (at, column) in kept.iter().zip(out.column_iter_mut()) {
        if at.is_some_and(|i| columns[i].right) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let title = table
        .title
        .iter()
        .map(|title| format!(" {}\n", shown(title)));
    let lines = out.lines().map(|line| format!("{}\n", line.trim_end()));
    if columns.is_empty() {
        title.collect()
    } else {
        title.chain(lines).collect()
    }
}

/// Everything, tab-separated with a line of headings; numbers in full, a missing value empty.
pub fn write_tabs(table: &Table, out: &mut impl Write) -> io::Result<()> {
    let headings: Vec<String> = table
        .columns
        .iter()
        .map(|(name, _)| escaped(name))
        .collect();
    writeln!(out, "{}", headings.join("\t"))?;
    for row in 0..table.n_rows() {
        for (i, (_, column)) in table.columns.iter().enumerate() {
            if i > 0 {
                out.write_all(b"\t")?;
            }
            out.write_all(escaped(&column.text(row)).as_bytes())?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    shown(&text.replace('\\', "\\\\")).into_owned()
}

/// Columns with their kind and values; missing values are null.
pub fn to_json(table: &Table) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|(name, column)| {
            json!({
                "name": name,
                "kind": column.column_type().word(),
                "values": values(column),
            })
        })
        .collect();
    json!({"title": table.title, "rows": table.n_rows(), "columns": columns})
}

/// The values of a column; JSON has no infinite numbers, so they are texts.
pub fn values(column: &Column) -> Value {
    match column {
        Column::Number(numbers) => numbers.values.iter().map(|&value| number(value)).collect(),
        Column::Bool(values) => json!(values),
        Column::Text(names) => names.iter().map(Value::from).collect(),
        Column::Category(category) => category
            .codes
            .iter()
            .map(|&code| match usize::try_from(code) {
                Ok(code) => Value::from(category.levels.get(code)),
                Err(_) => Value::Null,
            })
            .collect(),
    }
}

pub fn number(value: f64) -> Value {
    if value.is_nan() {
        Value::Null
    } else if value.is_infinite() {
        Value::from(if value > 0.0 { "inf" } else { "-inf" })
    } else if value.fract() == 0.0 && value.abs() < 9e15 {
        Value::from(value as i64)
    } else {
        Value::from(value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::screen::Depth;
    use super::*;
    use crate::data::NumberType;

    fn numbers(values: &[f64]) -> Column {
        Column::numbers(values.to_vec(), NumberType::F64)
    }

    fn clusters() -> Table {
        let levels = ["0", "1", "2"].into_iter().collect();
        Table::new()
            .with("leiden", Column::category(vec![0, 1, -1], levels))
            .with("cells", numbers(&[1684.0, 481.0, 3.0]))
            .with("share", numbers(&[0.7768, 0.2218, 0.0014]))
    }

    fn wide() -> Table {
        (0..12).fold(Table::new(), |table, i| {
            table.with(format!("column_{i}"), numbers(&[i as f64 + 0.25, 1.0]))
        })
    }

    fn at(width: usize, height: usize) -> Screen {
        Screen::of(width, height, Depth::None)
    }

    #[test]
    fn shares_have_bars() {
        assert_eq!(
            fitted(&clusters(), &at(80, 24)).text,
            " leiden  cells  share
 0       1,684   77.7 %  ██████████
 1         481   22.2 %  ██▉
 ·           3    0.1 %
"
        );
    }

    #[test]
    fn middle_columns_are_dropped_and_counted() {
        let drawn = fitted(&wide(), &at(40, 24));
        assert!(drawn.cut);
        assert_eq!(
            drawn.text,
            " column_0  column_1  …  column_11
     0.25      1.25  …       11.2
     1.00      1.00  …        1.0
 …   9 more columns (column_2, column_3,
 column_4, column_5, …): `last` shows
 all
"
        );
        assert!(fitted(&wide(), &at(120, 24)).cut);
        assert!(!fitted(&wide(), &at(160, 24)).cut);
    }

    #[test]
    fn of_a_narrow_table_of_markers_what_is_said_twice_goes_first() {
        let headings = [
            "group",
            "names",
            "scores",
            "logfoldchanges",
            "log2_ratio_of_means",
            "pvals",
            "pvals_adj",
            "log10_pvals",
            "log10_pvals_adj",
        ];
        let markers = headings.iter().fold(Table::new(), |table, heading| {
            table.with(*heading, numbers(&[0.25]))
        });
        let heading = |width| {
            let text = fitted(&markers, &at(width, 24)).text;
            let line = text.lines().next().unwrap_or_default();
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(heading(120), headings);
        assert_eq!(heading(100), headings[..8]);
        let once = ["group", "names", "scores", "logfoldchanges", "pvals_adj"];
        assert_eq!(heading(52), once);
        // A column is said twice only where the other is there.
        let alone = Table::new().with("pvals", numbers(&[0.25]));
        assert!(fitted(&alone, &at(4, 24)).text.contains("pvals"));
    }

    #[test]
    fn rows_are_cut_at_the_height() {
        let long = Table::new().with("n", numbers(&(0..50).map(f64::from).collect::<Vec<_>>()));
        let drawn = fitted(&long, &at(80, 9));
        assert_eq!(
            drawn.text,
            " n\n 0\n 1\n 2\n …   47 more rows: `last` shows all\n"
        );
        assert_eq!(whole(&long, &at(80, 9)).lines().count(), 51);
    }

    #[test]
    fn elsewhere_everything_in_full() {
        let mut out = Vec::new();
        write_tabs(&clusters(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "leiden\tcells\tshare\n0\t1684\t0.7768\n1\t481\t0.2218\n\t3\t0.0014\n"
        );
        let json = to_json(&clusters());
        assert_eq!(json["columns"][0]["values"], json!(["0", "1", null]));
        assert_eq!(json["columns"][1]["values"][0], json!(1684));
    }

    #[test]
    fn odd_tables() {
        assert_eq!(fitted(&Table::new(), &at(80, 24)).text, "");
        let none = Table::new().with("a", numbers(&[]));
        assert_eq!(fitted(&none, &at(80, 24)).text, " a\n");
        let odd = Table::new().with(
            "t",
            Column::Text(["a\tb\u{1b}[1m", ""].into_iter().collect()),
        );
        assert_eq!(fitted(&odd, &at(80, 24)).text, " t\n a\\tb\\x1b[1m\n ·\n");
        let special = Table::new().with("x", numbers(&[f64::NAN, f64::INFINITY, 1.5]));
        assert_eq!(
            fitted(&special, &at(80, 24)).text,
            "   x\n NaN\n   ∞\n 1.5\n"
        );
        assert_eq!(
            to_json(&special)["columns"][0]["values"],
            json!([null, "inf", 1.5])
        );
    }

    #[test]
    fn wide_characters_and_long_cells() {
        assert_eq!(cut("細胞の種類", 5), "細胞…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(bar_of(0.5, 3), "█▌");
    }
}
