//! Tables written line by line: CSV, XLSX, JSON. What a spreadsheet would run as a formula is made text.

use super::rows::{Cell, Line};
use super::{ExportFormat, failed, rewound};
use crate::platform::PlatformError;
use plimsoll_model::Time;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};
use std::fs::File;
use std::io::{BufWriter, Write};

/// Rows of one sheet (ECMA-376, "Excel specifications and limits"), the heading one of them.
const SHEET_ROWS: u32 = 1_048_576;
/// Characters of one cell there.
const CELL_CHARACTERS: usize = 32_767;

/// The last columns of a CSV file, which has no other place to say where its lines come from: a line before the heading
/// or after the last row would be read as data.
const STAMP: [&str; 4] =
    ["export_filter", "export_generated_at", "export_advisories_built_at", "export_plimsoll"];

/// Where a file's lines come from.
pub(super) struct About {
    pub list: String,
    pub filter: String,
    pub generated_at: Time,
    pub knowledge: String,
    pub digest: String,
    pub program: String,
}

impl About {
    /// The cells under [`STAMP`].
    fn stamp(&self) -> [String; 4] {
        let filter = self.filter.chars().filter(|c| !c.is_control()).collect();
        [safe(filter), self.generated_at.to_rfc3339(), self.knowledge.clone(), self.program.clone()]
    }

    fn pairs(&self, rows: u64) -> Vec<(&'static str, String)> {
        vec![
            ("list", self.list.clone()),
            ("filter", self.filter.clone()),
            ("generated_at", self.generated_at.to_rfc3339()),
            ("advisories_built_at", self.knowledge.clone()),
            ("advisories_digest", self.digest.clone()),
            ("plimsoll", self.program.clone()),
            ("rows", rows.to_string()),
        ]
    }
}

/// A table under way.
pub(super) struct Sheet {
    columns: &'static [&'static str],
    about: About,
    rows: u64,
    form: Form,
}

enum Form {
    Csv(Box<csv::Writer<File>>),
    Xlsx(Box<Book>),
    Json(BufWriter<File>),
}

/// A workbook; its sheets are written to disk row by row.
struct Book {
    workbook: Workbook,
    date: Format,
    heading: Format,
    sheet: usize,
    row: u32,
    rows_of_sheet: u32,
}

impl Sheet {
    pub fn new(
        format: ExportFormat,
        columns: &'static [&'static str],
        about: About,
    ) -> Result<Sheet, PlatformError> {
        Sheet::with_rows(format, columns, about, SHEET_ROWS)
    }

    /// The same, with smaller sheets.
    fn with_rows(
        format: ExportFormat,
        columns: &'static [&'static str],
        about: About,
        rows_of_sheet: u32,
    ) -> Result<Sheet, PlatformError> {
        let form = match format {
            ExportFormat::Csv => {
                let mut csv = csv::Writer::from_writer(tempfile::tempfile().map_err(failed)?);
                let heading = columns.iter().copied().chain(STAMP);
                csv.write_record(heading).map_err(|error| failed(error.into()))?;
                Form::Csv(Box::new(csv))
            }
            ExportFormat::Xlsx => Form::Xlsx(Box::new(Book::new(columns, rows_of_sheet).map_err(broken)?)),
            _ => {
                let mut out = BufWriter::new(tempfile::tempfile().map_err(failed)?);
                out.write_all(b"{\"items\":[").map_err(failed)?;
                Form::Json(out)
            }
        };
        Ok(Sheet { columns, about, rows: 0, form })
    }

    pub fn line(&mut self, line: Line) -> Result<(), PlatformError> {
        match &mut self.form {
            Form::Csv(csv) => {
                let cells = line.iter().map(|cell| safe(cell.text())).chain(self.about.stamp());
                csv.write_record(cells).map_err(|error| failed(error.into()))?;
            }
            Form::Xlsx(book) => book.line(self.columns, &line).map_err(broken)?,
            Form::Json(out) => {
                let begin = if self.rows == 0 { "\n" } else { ",\n" };
                let object: serde_json::Map<String, serde_json::Value> = self
                    .columns
                    .iter()
                    .zip(&line)
                    .map(|(name, cell)| ((*name).to_owned(), cell.json()))
                    .collect();
                out.write_all(begin.as_bytes()).map_err(failed)?;
                serde_json::to_writer(out, &object).map_err(|error| failed(error.into()))?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// The whole file, and its lines.
    pub fn finish(self) -> Result<(File, u64), PlatformError> {
        let about = self.about.pairs(self.rows);
        let file = match self.form {
            Form::Csv(csv) => csv.into_inner().map_err(|error| failed(error.into_error()))?,
            Form::Xlsx(mut book) => {
                book.add_about(&about).map_err(broken)?;
                let file = tempfile::tempfile().map_err(failed)?;
                let written = file.try_clone().map_err(failed)?;
                book.workbook.save_to_writer(BufWriter::new(written)).map_err(broken)?;
                file
            }
            Form::Json(mut out) => {
                let about: serde_json::Map<String, serde_json::Value> =
                    about.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
                out.write_all(b"\n],\"about\":").map_err(failed)?;
                serde_json::to_writer(&mut out, &about).map_err(|error| failed(error.into()))?;
                out.write_all(b"}\n").map_err(failed)?;
                out.into_inner().map_err(|error| failed(error.into_error()))?
            }
        };
        Ok((rewound(file)?, self.rows))
    }
}

impl Book {
    fn new(columns: &[&str], rows_of_sheet: u32) -> Result<Book, XlsxError> {
        let mut book = Book {
            workbook: Workbook::new(),
            date: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            heading: Format::new().set_bold(),
            sheet: 0,
            row: 0,
            rows_of_sheet,
        };
        book.add_sheet(columns)?;
        Ok(book)
    }

    fn add_sheet(&mut self, columns: &[&str]) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, name) in (0_u16..).zip(columns) {
            sheet.write_string_with_format(0, column, *name, &self.heading)?;
        }
        self.row = 1;
        Ok(())
    }

    fn line(&mut self, columns: &[&str], line: &Line) -> Result<(), XlsxError> {
        if self.row >= self.rows_of_sheet {
            self.add_sheet(columns)?;
            self.sheet += 1;
        }
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        for (column, cell) in (0_u16..).zip(line) {
            match cell {
                Cell::Empty => {}
                // Text stays text there: a cell is a formula only when it is written as one.
                Cell::Text(text) => {
                    let text: String = text.chars().take(CELL_CHARACTERS).collect();
                    sheet.write_string(self.row, column, text)?;
                }
                Cell::Number(number) => {
                    sheet.write_number(self.row, column, *number)?;
                }
                Cell::Moment(time) => match ExcelDateTime::from_timestamp(time.0.div_euclid(1_000_000)) {
                    Ok(moment) => {
                        sheet.write_datetime_with_format(self.row, column, moment, &self.date)?;
                    }
                    Err(_) => {
                        sheet.write_string(self.row, column, time.to_rfc3339())?;
                    }
                },
            }
        }
        self.row += 1;
        Ok(())
    }

    fn add_about(&mut self, about: &[(&'static str, String)]) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name("About")?;
        for (row, (name, value)) in (0_u32..).zip(about) {
            let value: String = value.chars().take(CELL_CHARACTERS).collect();
            sheet.write_string(row, 0, *name)?;
            sheet.write_string(row, 1, value)?;
        }
        Ok(())
    }
}

fn broken(error: XlsxError) -> PlatformError {
    failed(std::io::Error::other(error))
}

/// Cells that a spreadsheet would run get a leading apostrophe (OWASP, "CSV Injection").
fn safe(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn about() -> About {
        About {
            list: "risks".into(),
            filter: "q=a\nb".into(),
            generated_at: Time(0),
            knowledge: "2026-01-01T00:00:00Z".into(),
            digest: "sha256:1".into(),
            program: "1".into(),
        }
    }

    fn written(format: ExportFormat, lines: Vec<Line>, rows: u32) -> Vec<u8> {
        let mut sheet = Sheet::with_rows(format, &["id", "count", "when"], about(), rows).expect("a sheet");
        for line in lines {
            sheet.line(line).expect("a line");
        }
        let (mut file, _) = sheet.finish().expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("readable");
        bytes
    }

    fn line(id: &str) -> Line {
        vec![Cell::Text(id.into()), Cell::Number(3.0), Cell::Moment(Time(1_000_000))]
    }

    #[test]
    fn no_cell_is_run() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx"] {
            assert_eq!(safe(text.to_owned()), format!("'{text}"));
        }
        let text = String::from_utf8(written(ExportFormat::Csv, vec![line("=cmd|x"), line("a,b")], 9))
            .expect("text");
        assert!(text.contains("'=cmd|x,3,1970-01-01T00:00:01.000Z"), "{text}");
        assert!(text.contains("\"a,b\",3,"), "{text}");
        assert!(text.starts_with("id,count,when,export_filter,"), "{text}");
        assert!(text.contains(",q=ab,1970-01-01T00:00:00.000Z,2026-01-01T00:00:00Z,1\n"), "{text}");
    }

    #[test]
    fn json_has_items_and_says_where_they_come_from() {
        let bytes = written(ExportFormat::Json, vec![line("a"), line("b")], 9);
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(value["items"][1]["id"], "b");
        assert_eq!(value["items"][0]["count"], 3);
        assert_eq!(value["about"]["rows"], "2");
        let none: serde_json::Value =
            serde_json::from_slice(&written(ExportFormat::Json, Vec::new(), 9)).expect("JSON");
        assert_eq!(none["items"], serde_json::json!([]));
    }

    #[test]
    fn long_tables_have_several_sheets() {
        let bytes = written(ExportFormat::Xlsx, (0..5).map(|n| line(&n.to_string())).collect(), 3);
        let text = String::from_utf8_lossy(&bytes);
        let sheets = (1..9).filter(|n| text.contains(&format!("xl/worksheets/sheet{n}.xml"))).count();
        // Two rows beside the heading each, and where they come from.
        assert_eq!((sheets, bytes.get(..2)), (4, Some(&b"PK"[..])));
    }
}
