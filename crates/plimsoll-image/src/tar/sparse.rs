//! Sparse files: where their stored bytes belong.

use super::Problem;
use super::header::{BLOCK, number};

/// A stretch of stored bytes and where it belongs in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub offset: u64,
    pub length: u64,
}

/// The stretches of a sparse file, in order, none overlapping, all inside its real size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SparseMap {
    pub real_size: u64,
    pub stretches: Vec<Stretch>,
}

const INVALID: Problem = Problem::Malformed("its sparse map is not valid");

impl SparseMap {
    /// Checks a map against the size of the file and the stored bytes there are for it.
    pub fn new(stretches: Vec<Stretch>, real_size: u64, stored: u64) -> Result<SparseMap, Problem> {
        let (mut end, mut total) = (0u64, 0u64);
        for stretch in &stretches {
            if stretch.offset < end {
                return Err(INVALID);
            }
            end = stretch.offset.checked_add(stretch.length).ok_or(INVALID)?;
            total = total.checked_add(stretch.length).ok_or(INVALID)?;
        }
        if end > real_size || total != stored || i64::try_from(real_size).is_err() {
            return Err(INVALID);
        }
        Ok(SparseMap { real_size, stretches })
    }
}

/// Offset and length in turns, as PAX forms 0.0 and 0.1 write them.
pub(crate) fn pairs(numbers: &[u64]) -> Result<Vec<Stretch>, Problem> {
    let (pairs, rest) = numbers.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(INVALID);
    }
    Ok(pairs.iter().map(|&[offset, length]| Stretch { offset, length }).collect())
}

/// The part of an old GNU sparse map in a header (`count` 4) or an extension block (`count` 21), and whether another
/// extension block follows (GNU tar manual, "Old GNU Format").
pub(crate) fn old_gnu(fields: &[u8], count: usize, stretches: &mut Vec<Stretch>) -> Result<bool, Problem> {
    for field in fields.chunks_exact(24).take(count) {
        if field[0] == 0 {
            break;
        }
        let read = |field: &[u8]| number(field).and_then(|value| u64::try_from(value).ok()).ok_or(INVALID);
        stretches.push(Stretch { offset: read(&field[..12])?, length: read(&field[12..])? });
    }
    Ok(fields.get(count * 24).is_some_and(|&more| more != 0))
}

/// The fields of an old GNU header: its first four stretches, whether a block follows, and the real size.
pub(crate) fn old_gnu_header(
    block: &[u8; BLOCK],
    stretches: &mut Vec<Stretch>,
) -> Result<(bool, u64), Problem> {
    let more = old_gnu(&block[386..483], 4, stretches)?;
    let real_size = number(&block[483..495]).and_then(|size| u64::try_from(size).ok()).ok_or(INVALID)?;
    Ok((more, real_size))
}

/// The map of PAX form 1.0, decimal numbers each on its line: their count, then offset and length in turns.
/// Feeds on the content block by block; `Some` is the finished map.
#[derive(Default)]
pub(crate) struct InContent {
    numbers: Vec<u64>,
    digits: Vec<u8>,
}

impl InContent {
    /// Takes the next block; the content proper begins with the block after the one that finished the map.
    pub fn feed(&mut self, block: &[u8; BLOCK]) -> Result<bool, Problem> {
        for &byte in block {
            match byte {
                b'\n' => {
                    self.numbers.push(super::pax::digits(&self.digits).ok_or(INVALID)?);
                    self.digits.clear();
                    if self.is_finished() {
                        return Ok(true);
                    }
                }
                _ if self.digits.len() < 20 => self.digits.push(byte),
                _ => return Err(INVALID),
            }
        }
        Ok(false)
    }

    fn is_finished(&self) -> bool {
        let Some((&count, numbers)) = self.numbers.split_first() else { return false };
        count.checked_mul(2).is_some_and(|count| count <= numbers.len() as u64)
    }

    /// The stretches, once `feed` said so.
    pub fn stretches(&self) -> Result<Vec<Stretch>, Problem> {
        pairs(self.numbers.get(1..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_in_order_inside_the_file_and_filled() {
        let map = |numbers: &[u64], real, stored| SparseMap::new(pairs(numbers)?, real, stored);
        assert!(map(&[0, 5, 10, 2], 12, 7).is_ok());
        assert!(map(&[], 1 << 40, 0).is_ok());
        for (numbers, real, stored) in [
            (&[0, 5, 4, 2][..], 12, 7),
            (&[0, 5, 10, 2], 11, 7),
            (&[0, 5, 10, 2], 12, 8),
            (&[0, 5, 10], 12, 5),
            (&[u64::MAX, 2], 12, 2),
            (&[0, u64::MAX], u64::MAX, u64::MAX),
        ] {
            assert!(map(numbers, real, stored).is_err(), "{numbers:?}");
        }
    }

    #[test]
    fn the_map_before_the_content_is_read_over_blocks() {
        let text: String = std::iter::once("200".to_owned())
            .chain((0..400).map(|n| n.to_string()))
            .map(|n| n + "\n")
            .collect();
        let mut bytes = text.into_bytes();
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        let mut map = InContent::default();
        let done: Vec<bool> =
            bytes.as_chunks::<BLOCK>().0.iter().map(|block| map.feed(block).expect("valid")).collect();
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        assert_eq!(done.last(), Some(&true));
        assert_eq!(map.stretches().expect("even").len(), 200);
        assert!(InContent::default().feed(&[b'7'; BLOCK]).is_err());
    }
}
