//! Berkeley DB hash, rpm's form until 2020: `Packages` (Berkeley DB 4 and 5, dbinc/db_page.h). Its numbers have the
//! byte order of the machine that wrote it.

/// Where the meta page's magic stands, and the one of hash databases.
const MAGIC_AT: usize = 12;
const HASH_MAGIC: u32 = 0x0006_1561;
const BTREE_MAGIC: u32 = 0x0005_3162;
/// Bytes before the item offsets of a page.
const PAGE_HEAD_BYTES: usize = 26;
/// Types of pages.
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;
/// Types of items on a hash page.
const KEYDATA: u8 = 1;
const OFFPAGE: u8 = 3;

/// Does this begin like a Berkeley DB file?
pub(super) fn is_bdb(content: &[u8]) -> bool {
    order(content).is_some()
}

/// Byte order, told by the magic.
fn order(content: &[u8]) -> Option<Order> {
    [Order::Little, Order::Big]
        .into_iter()
        .find(|order| matches!(order.u32(content, MAGIC_AT), Some(HASH_MAGIC | BTREE_MAGIC)))
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self == Order::Big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self == Order::Big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }
}

const CUT_OFF: &str = "the Berkeley DB file is cut off";

/// Gives each package's header to `take`.
pub(super) fn headers(content: &[u8], take: &mut dyn FnMut(&[u8])) -> Result<(), String> {
    let order = order(content).ok_or("not a Berkeley DB file")?;
    if order.u32(content, MAGIC_AT) == Some(BTREE_MAGIC) {
        return Err("a Berkeley DB b-tree, not the hash rpm uses".to_owned());
    }
    let page_bytes = order.u32(content, 20).ok_or(CUT_OFF)? as usize;
    if !page_bytes.is_power_of_two() || !(512..=65536).contains(&page_bytes) {
        return Err(format!("the Berkeley DB file has the impossible page size {page_bytes}"));
    }
    // Page numbers and the like are only where we look for them when nothing is encrypted or checksummed.
    if content.get(24) != Some(&0) || content.get(26).is_none_or(|flags| flags & 1 != 0) {
        return Err("the Berkeley DB file is encrypted or has checksums, which rpm's never is".to_owned());
    }
    let last_page = order.u32(content, 32).ok_or(CUT_OFF)? as usize;
    let mut file = Bdb { content, order, page_bytes, used: vec![false; content.len() / page_bytes] };
    let mut problem = None;
    for page in 1..file.used.len().min(last_page.saturating_add(1)) {
        if let Err(why) = file.page_items(page, take) {
            problem = Some(why);
        }
    }
    if last_page >= file.used.len() {
        problem = Some(CUT_OFF);
    }
    problem.map_or(Ok(()), |problem| Err(problem.to_owned()))
}

struct Bdb<'a> {
    content: &'a [u8],
    order: Order,
    page_bytes: usize,
    /// Overflow pages already read: no two items share one.
    used: Vec<bool>,
}

impl<'a> Bdb<'a> {
    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let begin = number.checked_mul(self.page_bytes)?;
        self.content.get(begin..begin.checked_add(self.page_bytes)?)
    }

    /// The values of a hash page: keys and values take turns.
    fn page_items(&mut self, number: usize, take: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
        const DAMAGED: &str = "the Berkeley DB file has a damaged page";
        let page = self.page(number).ok_or(CUT_OFF)?;
        if !matches!(page[25], HASH | HASH_UNSORTED) {
            return Ok(());
        }
        let count = usize::from(self.order.u16(page, 20).ok_or(DAMAGED)?);
        let order = self.order;
        let offset = |index: usize| order.u16(page, PAGE_HEAD_BYTES + index * 2).map(usize::from);
        let item = |index: usize| {
            // Items are laid down from the end of the page: each ends where the one before begins.
            let end = if index == 0 { page.len() } else { offset(index - 1)? };
            page.get(offset(index)?..end).filter(|item| !item.is_empty())
        };
        let mut result = Ok(());
        for index in (0..count - count % 2).step_by(2) {
            let (Some(key), Some(value)) = (item(index), item(index + 1)) else {
                result = Err(DAMAGED);
                continue;
            };
            // Number 0 is no package: it holds the next free number.
            if key[0] == KEYDATA && key.len() == 5 && key[1..] == [0; 4] {
                continue;
            }
            match value[0] {
                KEYDATA => take(&value[1..]),
                OFFPAGE => match self.overflow(value) {
                    Ok(value) => take(&value),
                    Err(why) => result = Err(why),
                },
                _ => result = Err("the Berkeley DB file has an item of a type rpm does not use"),
            }
        }
        result
    }

    /// A value that has pages of its own: their first number, and its length.
    fn overflow(&mut self, item: &[u8]) -> Result<Vec<u8>, &'static str> {
        const BROKEN: &str = "the Berkeley DB file has a broken chain of pages";
        let mut number = self.order.u32(item, 4).ok_or(BROKEN)? as usize;
        let length = self.order.u32(item, 8).ok_or(BROKEN)? as usize;
        if length > self.content.len() {
            return Err(BROKEN);
        }
        let mut value = Vec::with_capacity(length);
        while number != 0 && value.len() < length {
            let page = self.page(number).filter(|page| page[25] == OVERFLOW).ok_or(BROKEN)?;
            if std::mem::replace(self.used.get_mut(number).ok_or(BROKEN)?, true) {
                return Err(BROKEN);
            }
            let bytes = usize::from(self.order.u16(page, 22).ok_or(BROKEN)?).min(length - value.len());
            value.extend_from_slice(page[PAGE_HEAD_BYTES..].get(..bytes).ok_or(BROKEN)?);
            number = self.order.u32(page, 16).ok_or(BROKEN)? as usize;
        }
        if value.len() == length { Ok(value) } else { Err(BROKEN) }
    }
}
