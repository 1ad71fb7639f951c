//! NDB, the form of SUSE: `Packages.db` (rpm, lib/backend/ndb/rpmpkg.c). Pages of slots name where each package's
//! header lies; all numbers little-endian.

pub(super) const MAGIC: &[u8] = b"RpmP";

const PAGE_BYTES: usize = 4096;
const SLOT_BYTES: usize = 16;
/// The database's own header stands where the first two slots would.
const HEADER_BYTES: usize = 32;
/// Offsets and lengths of records count blocks of this size.
const BLOCK_BYTES: usize = 16;
/// Before the header: magic, package, generation, length.
const RECORD_HEAD_BYTES: usize = 16;

/// Gives each package's header to `take`.
pub(super) fn headers(content: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<(), String> {
    let number = |at: usize| {
        let bytes = content.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let version = number(4).ok_or("the ndb database is cut off")?;
    if version != 0 {
        return Err(format!("the ndb database has the unknown version {version}"));
    }
    let pages = number(12).ok_or("the ndb database is cut off")? as usize;
    let slots_end = pages.saturating_mul(PAGE_BYTES);
    // No two packages share bytes: more than the file holds is a trap.
    let mut left = content.len();
    let mut problem = None;
    for slot in (HEADER_BYTES..slots_end.min(content.len())).step_by(SLOT_BYTES) {
        let Some(slot) = content.get(slot..slot + SLOT_BYTES) else { break };
        if !slot.starts_with(b"Slot") {
            problem = Some("the ndb database has a damaged slot");
            continue;
        }
        let field = |at: usize| u32::from_le_bytes([slot[at], slot[at + 1], slot[at + 2], slot[at + 3]]);
        let (package, block, blocks) = (field(4), field(8) as usize, field(12) as usize);
        if block == 0 {
            continue;
        }
        match record(content, package, block, blocks) {
            Ok(record) if record.len() <= left => {
                left -= record.len();
                take(record);
            }
            Ok(_) => return Err("packages of the ndb database overlap".to_owned()),
            Err(why) => problem = Some(why),
        }
    }
    if slots_end > content.len() {
        return Err("the ndb database is cut off".to_owned());
    }
    problem.map_or(Ok(()), |problem| Err(problem.to_owned()))
}

fn record(content: &[u8], package: u32, block: usize, blocks: usize) -> Result<&[u8], &'static str> {
    let begin = block.checked_mul(BLOCK_BYTES);
    let length = blocks.checked_mul(BLOCK_BYTES);
    let end = begin.zip(length).and_then(|(begin, length)| begin.checked_add(length));
    let bytes = begin.zip(end).and_then(|(begin, end)| content.get(begin..end));
    let bytes = bytes.ok_or("a package of the ndb database lies beyond its end")?;
    let field = |at: usize| bytes.get(at..at + 4).and_then(|b| Some(u32::from_le_bytes(b.try_into().ok()?)));
    if !bytes.starts_with(b"BlbS") || field(4) != Some(package) {
        return Err("a package of the ndb database is not where its slot says");
    }
    let length = field(12).ok_or("a package of the ndb database is cut off")? as usize;
    bytes[RECORD_HEAD_BYTES..].get(..length).ok_or("a package of the ndb database is cut off")
}
