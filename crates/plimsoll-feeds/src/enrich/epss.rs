//! EPSS scores (<https://www.first.org/epss/data_stats>): CSV with a comment line in front.

use crate::{date, osv};
use plimsoll_model::Vulnerability;
use serde::Deserialize;

#[derive(Deserialize)]
struct Row<'a> {
    cve: &'a str,
    epss: f32,
    percentile: f32,
}

/// Reads the unpacked CSV. The modification time of a record is the day of the scores.
pub fn parse(bytes: &[u8]) -> Result<Vec<Vulnerability>, csv::Error> {
    let modified = score_date(bytes);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(bytes);
    let headers = reader.byte_headers()?.clone();
    let mut row = csv::ByteRecord::new();
    let mut records = Vec::new();
    while reader.read_byte_record(&mut row)? {
        let Row { cve, epss, percentile } = row.deserialize(Some(&headers))?;
        let shares = [epss, percentile].iter().all(|share| (0.0..=1.0).contains(share));
        if shares && osv::is_cve(cve) {
            records.push(Vulnerability {
                id: cve.to_owned(),
                modified,
                epss: Some((epss, percentile)),
                ..Vulnerability::default()
            });
        }
    }
    Ok(records)
}

/// `#model_version:v2025.03.14,score_date:2026-08-22T00:00:00+0000`
fn score_date(bytes: &[u8]) -> Option<i64> {
    let line = bytes.split(|&byte| byte == b'\n').next().and_then(|line| std::str::from_utf8(line).ok())?;
    let (_, day) = line.strip_prefix('#')?.split_once("score_date:")?;
    date::seconds(day.get(..10)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read() {
        let text = b"#model_version:v2025.03.14,score_date:2026-08-22T00:00:00+0000\ncve,epss,percentile\n\
            CVE-1999-0001,0.01141,0.77698\nCVE-1999-0002,2,0.9\nnonsense,0.1,0.1\n";
        let records = parse(text).expect("scores");
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].epss, Some((0.01141, 0.77698)));
        assert_eq!(records[0].modified.map(date::day).as_deref(), Some("2026-08-22"));
        assert!(parse(b"cve,epss,percentile\nCVE-1999-0001,much,0.1\n").is_err());
        assert!(parse(b"").expect("nothing").is_empty());
    }
}
