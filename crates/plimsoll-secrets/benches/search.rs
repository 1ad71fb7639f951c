//! How fast files are searched: a mix of text and bytes of programs, of 4 MiB each. Budget: 300 MB a second.

use divan::Bencher;
use divan::counter::BytesCount;
use plimsoll_secrets::search;

fn main() {
    divan::main();
}

#[divan::bench]
fn text(bencher: Bencher<'_, '_>) {
    measure(bencher, "/app/data.txt", &prose());
}

#[divan::bench]
fn settings(bencher: Bencher<'_, '_>) {
    measure(bencher, "/app/settings.conf", &assignments());
}

#[divan::bench]
fn program(bencher: Bencher<'_, '_>) {
    measure(bencher, "/app/program", &noise());
}

#[divan::bench]
fn small_files(bencher: Bencher<'_, '_>) {
    let content = &prose()[..4096];
    bencher.counter(BytesCount::new(content.len())).bench(|| search("/app/small.txt", content, &[7; 32]));
}

fn measure(bencher: Bencher<'_, '_>, path: &str, content: &[u8]) {
    bencher.counter(BytesCount::new(content.len())).bench(|| search(path, content, &[7; 32]));
}

const SIZE: usize = 4 << 20;

fn prose() -> Vec<u8> {
    let words =
        "the layer of an image holds files and a file holds words, some about tokens, others about keys\n";
    words.bytes().cycle().take(SIZE).collect()
}

fn assignments() -> Vec<u8> {
    let lines = "listen = 0.0.0.0:80\nworkers = 4\nlog.level = info\nlog.format = \"%t %m\"\ncache.seconds = 300\n# password_file = /run/x\n";
    lines.bytes().cycle().take(SIZE).collect()
}

fn noise() -> Vec<u8> {
    let mut state = 7u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(SIZE).collect()
}
