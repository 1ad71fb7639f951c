//! The zip method 6, of PKZIP 1: a sliding dictionary under Shannon-Fano codes (APPNOTE.TXT 6.3.10, section 5.3).

/// The unpacked bytes: `size` of them.
pub(crate) fn explode(data: &[u8], flags: u16, size: u64) -> Result<Vec<u8>, String> {
    let size = usize::try_from(size).map_err(|_| "it is too large")?;
    let (large, three) = (flags & 2 != 0, flags & 4 != 0);
    let mut rest = data;
    let literals = if three { Some(Codes::read(&mut rest, 256)?) } else { None };
    let lengths = Codes::read(&mut rest, 64)?;
    let distances = Codes::read(&mut rest, 64)?;
    let mut bits = Bits { data: rest, at: 0 };
    let (low, least) = (if large { 7 } else { 6 }, if three { 3 } else { 2 });
    let mut out = Vec::new();
    while out.len() < size {
        if bits.take(1)? == 1 {
            let byte = match &literals {
                Some(codes) => codes.next(&mut bits)?,
                None => bits.take(8)?,
            };
            out.push(byte as u8);
            continue;
        }
        let near = bits.take(low)?;
        let distance = (distances.next(&mut bits)? << low | near) + 1;
        let mut length = lengths.next(&mut bits)?;
        if length == 63 {
            length += bits.take(8)?;
        }
        for _ in 0..(length + least).min(size - out.len()) {
            // What stands before the beginning counts as zeros.
            out.push(out.len().checked_sub(distance).map_or(0, |at| out[at]));
        }
    }
    Ok(out)
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    /// A number of so many bits, the lowest first.
    fn take(&mut self, count: u32) -> Result<usize, String> {
        let mut number = 0;
        for bit in 0..count {
            let byte = self.data.get(self.at / 8).ok_or("it is cut")?;
            number |= usize::from(byte >> (self.at % 8) & 1) << bit;
            self.at += 1;
        }
        Ok(number)
    }
}

/// Canonical codes by length: symbols of each length, 1 to 16, in order.
struct Codes {
    symbols: [Vec<usize>; 17],
}

impl Codes {
    /// A count less one, then so many bytes: in the low half a length less one, in the high half how many symbols in a
    /// row have it, less one.
    fn read(data: &mut &[u8], most: usize) -> Result<Codes, String> {
        let (&count, rest) = data.split_first().ok_or("it is cut")?;
        let (runs, rest) = rest.split_at_checked(usize::from(count) + 1).ok_or("it is cut")?;
        *data = rest;
        let mut symbols: [Vec<usize>; 17] = Default::default();
        let mut symbol = 0;
        for run in runs {
            for _ in 0..=run >> 4 {
                symbols[usize::from(run & 15) + 1].push(symbol);
                symbol += 1;
            }
        }
        if symbol == most { Ok(Codes { symbols }) } else { Err("its codes are not complete".to_owned()) }
    }

    /// The codes are canonical ones with every bit turned, the highest bit first.
    fn next(&self, bits: &mut Bits<'_>) -> Result<usize, String> {
        let (mut code, mut first) = (0, 0);
        for symbols in &self.symbols[1..] {
            code = code << 1 | (bits.take(1)? ^ 1);
            if let Some(&symbol) = usize::checked_sub(code, first).and_then(|index| symbols.get(index)) {
                return Ok(symbol);
            }
            first = (first + symbols.len()) << 1;
        }
        Err("a code is none".to_owned())
    }
}
