//! How far reading a layer is from its floor: sha256 of the stored bytes, inflating, sha256 of the tar, one after the
//! other on one core. The budget is 1.3 times the floor on the clock (ARCHITECTURE.md, "Budgets").

use divan::{Bencher, black_box, counter::BytesCount};
use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use plimsoll_image::{Image, ImageError, LayerStream, Options, Source, Visitor};
use plimsoll_model::{Entry, ImageConfig, ImageManifest, LayerRef};
use sha2::{Digest as _, Sha256};
use std::io::{Cursor, Read, Write};
use std::sync::{Arc, LazyLock};

fn main() {
    divan::main();
}

/// About 100 MB of files like those of a system: sizes from nothing to megabytes, text that packs three to one.
static LAYER: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let mut state = 0x9e37_79b9_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let words: Vec<Vec<u8>> = (0..4096)
        .map(|_| {
            (0..2 + random() % 9)
                .map(|_| b"etaoinshrdlucmfwypvbgkqjxz\0\x01\xff0123"[(random() % 33) as usize])
                .collect()
        })
        .collect();
    let mut builder = tar::Builder::new(Vec::new());
    let mut total = 0;
    for number in 0.. {
        if total > 100_000_000 {
            break;
        }
        let size = match random() % 100 {
            0..5 => 0,
            5..85 => random() % 16_000,
            85..99 => random() % 200_000,
            _ => random() % 8_000_000,
        };
        let mut content = Vec::new();
        while (content.len() as u64) < size {
            let word = random();
            // Mostly frequent words, and now and then bytes that do not pack at all.
            content.extend_from_slice(&words[(word % 4096).min((word >> 20) % 4096) as usize]);
            if word >> 61 == 0 {
                content.extend_from_slice(&word.to_le_bytes());
            }
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, format!("usr/share/{}/{number}", number % 97), content.as_slice())
            .expect("in memory");
        total += content.len();
    }
    let tar = builder.into_inner().expect("in memory");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&tar).expect("in memory");
    (encoder.finish().expect("in memory"), tar)
});

struct Memory(&'static [u8]);

impl Source for Memory {
    fn layer(&self, _: usize, _: &LayerRef) -> Result<LayerStream, ImageError> {
        Ok(LayerStream::Stored(Box::new(Cursor::new(self.0))))
    }
}

fn image(stored: &'static [u8], tar: &[u8]) -> Image {
    let digest = |bytes| plimsoll_model::Digest::sha256(&Sha256::digest(bytes));
    let layer = LayerRef {
        digest: Some(digest(stored)),
        diff_id: Some(digest(tar)),
        size: Some(stored.len() as u64),
        media_type: String::new(),
    };
    let manifest = ImageManifest {
        name: String::new(),
        digest: None,
        config_digest: None,
        platform: None,
        config: ImageConfig::default(),
        layers: vec![layer],
        annotations: Default::default(),
    };
    Image { manifest, source: Arc::new(Memory(stored)) }
}

/// Wants every file and only counts its bytes, so that nothing but reading is measured.
struct Count(u64);

impl Visitor for Count {
    fn wants(&mut self, _: &Entry, _: &[u8]) -> bool {
        true
    }

    fn file(&mut self, _: u32, _: &Entry, content: &[u8]) {
        self.0 += content.len() as u64;
    }
}

#[divan::bench(sample_count = 12)]
fn floor(bencher: Bencher) {
    let (stored, tar) = &*LAYER;
    let mut unpacked = Vec::with_capacity(tar.len());
    bencher.counter(BytesCount::new(tar.len())).bench_local(|| {
        black_box(Sha256::digest(stored));
        unpacked.clear();
        MultiGzDecoder::new(stored.as_slice()).read_to_end(&mut unpacked).expect("valid");
        black_box(Sha256::digest(&unpacked));
    });
}

#[divan::bench(sample_count = 12)]
fn read_layer(bencher: Bencher) {
    let (stored, tar) = &*LAYER;
    let image = image(stored, tar);
    bencher.counter(BytesCount::new(tar.len())).bench_local(|| {
        let mut count = Count(0);
        image.read_layer(0, &Options::default(), &mut count).expect("valid");
        black_box(count.0)
    });
}

#[divan::bench(sample_count = 12)]
fn read_layer_and_hash_files(bencher: Bencher) {
    let (stored, tar) = &*LAYER;
    let image = image(stored, tar);
    let options = Options { hash_files: true, ..Options::default() };
    bencher.counter(BytesCount::new(tar.len())).bench_local(|| {
        let mut count = Count(0);
        image.read_layer(0, &options, &mut count).expect("valid");
        black_box(count.0)
    });
}

#[divan::bench(sample_count = 12)]
fn read_plain_layer(bencher: Bencher) {
    let (_, tar) = &*LAYER;
    let image = image(tar, tar);
    bencher.counter(BytesCount::new(tar.len())).bench_local(|| {
        let mut count = Count(0);
        image.read_layer(0, &Options::default(), &mut count).expect("valid");
        black_box(count.0)
    });
}
