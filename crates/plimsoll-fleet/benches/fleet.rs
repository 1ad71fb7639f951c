//! How fast a fleet answers, beside the budgets: `FLEET_IMAGES=1000000 cargo bench -p plimsoll-fleet`.
//!
//! Every question is asked `FLEET_ROUNDS` times (5) after a change and the front page, and then once more with its
//! answer kept, as the next page is.
#![allow(clippy::print_stdout, reason = "a bench prints")]

use plimsoll_fleet::generator::{Generator, Random};
use plimsoll_fleet::{Fleet, ImageQuery, RiskQuery};
use plimsoll_model::{
    Action, ComponentFacts, ComponentMatch, Decision, Expiry, ImageScope, RepositoryPattern, RiskChoice,
    RiskClass, Severity, Time,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const RISKS: &[&[(&str, &str)]] = &[
    &[],
    &[("sort", "-epss")],
    &[("sort", "-cvss")],
    &[("sort", "-images")],
    &[("sort", "title")],
    &[("sort", "-first_seen")],
    &[("sort", "-published"), ("kind", "vulnerability")],
    &[("kind", "vulnerability")],
    &[("kind", "secret")],
    &[("kind", "configuration"), ("sort", "-images")],
    &[("kind", "vulnerability"), ("class", "system"), ("sort", "-images")],
    &[("kind", "vulnerability"), ("class", "application"), ("fixable", "true"), ("sort", "-epss")],
    &[("severity", "critical,high")],
    &[("severity", "critical"), ("fixable", "true"), ("inherited", "false")],
    &[("inherited", "true"), ("sort", "-images")],
    &[("kev", "true")],
    &[("urgency", "immediate")],
    &[("epss_min", "0.5"), ("sort", "-epss")],
    &[("cvss_min", "9"), ("sort", "-cvss")],
    &[("state", "all")],
    &[("state", "fixed")],
    &[("state", "handled"), ("sort", "-images")],
    &[("q", "cve-2019")],
    &[("q", "lib3")],
    &[("component", "lib1")],
    &[("id", "GHSA-CVE-2019-00007")],
    &[("source", "cicd")],
    &[("registry", "00000000-1111-7000-8000-000000000000")],
    &[("registry", "00000003-1111-7000-8000-000000000000"), ("sort", "-images")],
    &[("os", "debian 12")],
    &[("os", "debian 12,alpine 3.19"), ("severity", "high"), ("sort", "-epss")],
    &[("base", "base-0:3")],
    &[("latest", "true")],
    &[("latest", "true"), ("kind", "vulnerability"), ("sort", "-images")],
    &[("repository", "team-3/*")],
    &[("repository", "*7"), ("sort", "-images")],
    &[("tag", "1.*")],
    &[("platform", "linux/arm64"), ("sort", "-images")],
    &[("image.q", "service-12")],
    &[("organization", "team-0"), ("fixable", "true")],
    &[("first_seen_since", "2026-06-01"), ("latest", "true"), ("os", "ubuntu 22.04")],
];

const IMAGES: &[&[(&str, &str)]] = &[
    &[],
    &[("sort", "name")],
    &[("sort", "-risks")],
    &[("sort", "-size")],
    &[("sort", "-updated"), ("latest", "true")],
    &[("level", "critical"), ("sort", "-risks")],
    &[("severity", "high"), ("os", "debian 12")],
    &[("kind", "secret")],
    &[("registry", "00000003-1111-7000-8000-000000000000"), ("status", "scanned")],
    &[("repository", "team-3/*"), ("sort", "name")],
    &[("q", "service-12")],
    &[("q", "team-3/service")],
    &[("risk", "CVE-2012-00000")],
    &[("base", "base-0:3"), ("latest", "true")],
    &[("scanned_since", "2026-06-01"), ("size_min", "500000000")],
];

fn main() {
    let images = number("FLEET_IMAGES", 100_000);
    let mut fleet = start(images);
    let team: Vec<RepositoryPattern> =
        vec![RepositoryPattern { registry: None, repository: "team-150/*".to_owned() }];
    let half: Vec<RepositoryPattern> = ["*0", "*2", "*4", "*6", "*8"]
        .map(|repository| RepositoryPattern { registry: None, repository: repository.to_owned() })
        .to_vec();
    questions("with no decision", &mut fleet, None);
    decide(&mut fleet);
    questions("with decisions", &mut fleet, None);
    questions("of one who sees one team", &mut fleet, Some(&team));
    questions("of one who sees half", &mut fleet, Some(&half));
    changes(&mut fleet, images);
    questions("after changes", &mut fleet, None);
    println!("memory at the end: {}", memory());
}

/// A number of the environment.
fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn start(images: usize) -> Fleet {
    let generator = Generator::new(images, 7);
    let mut fleet = Fleet::default();
    let mut putting = Duration::ZERO;
    let begun = processor();
    let mut timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        putting += start.elapsed();
    };
    for (number, risk) in generator.risks() {
        let mut risk = Some(risk);
        timed(&mut || risk.take().into_iter().for_each(|risk| fleet.put_risk(number, risk)));
    }
    for component in generator.components() {
        let mut component = Some(component);
        timed(&mut || component.take().into_iter().for_each(|component| fleet.put_component(component)));
    }
    let mut largest = 0;
    for image in generator.images() {
        largest = largest.max(image.components.len());
        let mut image = Some(image);
        timed(&mut || image.take().into_iter().for_each(|image| fleet.put_image(image)));
    }
    let (start, put) = (Instant::now(), processor());
    let [images, risks, components, pairs] = fleet.sizes();
    let arranging = start.elapsed();
    drop(generator);
    println!(
        "{images} images, {risks} risks, {components} components (at most {largest} in one), {pairs} pairs"
    );
    println!("start: {:.1?} = put {putting:.1?} + arrange {arranging:.1?}", putting + arranging);
    println!(
        "start, processor time: put, with generating, {:.1?} + arrange {:.1?}",
        put - begun,
        processor() - put
    );
    println!("memory after start: {}", memory());
    fleet
}

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Lets the fleet forget what it kept.
fn forget(fleet: &mut Fleet) {
    fleet.forget();
}

fn questions(title: &str, fleet: &mut Fleet, sees: Option<&[RepositoryPattern]>) {
    let rounds = number("FLEET_ROUNDS", 5);
    println!("\n== {title}");
    for (list, questions) in [("risks", RISKS), ("images", IMAGES)] {
        let (mut all, mut kept, mut cpus) = (Vec::new(), Vec::new(), Vec::new());
        for question in questions {
            let fields = fields(question);
            let mut times = Vec::new();
            let mut total = 0;
            let mut cpu = Duration::ZERO;
            for _ in 0..rounds {
                forget(fleet);
                // The front pages were asked for since the last change; this question was not.
                ask(fleet, "risks", &BTreeMap::new(), sees);
                ask(fleet, "images", &BTreeMap::new(), sees);
                let (start, before) = (Instant::now(), processor());
                total = ask(fleet, list, &fields, sees);
                times.push(start.elapsed());
                cpu += processor() - before;
            }
            let start = Instant::now();
            ask(fleet, list, &fields, sees);
            kept.push(start.elapsed());
            times.sort_unstable();
            cpus.push(cpu / rounds as u32);
            println!(
                "{list:6} {:>9.2?} (processor {:>9.2?}) kept {:>9.2?} {total:>8} {question:?}",
                times[rounds / 2],
                cpu / rounds as u32,
                kept[kept.len() - 1]
            );
            all.extend(times);
        }
        report(&format!("{list}, counted anew"), &mut all);
        report(&format!("{list}, counted anew, processor time"), &mut cpus);
        report(&format!("{list}, kept"), &mut kept);
    }
    let start = Instant::now();
    let overview = fleet.overview(sees);
    println!("overview {:.1?}: {} pairs", start.elapsed(), overview.pairs);
}

fn ask(
    fleet: &Fleet,
    list: &str,
    fields: &BTreeMap<String, String>,
    sees: Option<&[RepositoryPattern]>,
) -> u64 {
    match list {
        "risks" => fleet.risks(&RiskQuery::parse(fields).expect("a question"), sees).total,
        _ => fleet.images(&ImageQuery::parse(fields).expect("a question"), sees).total,
    }
}

fn report(title: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("{title}: p50 {:.1?}, p95 {:.1?}, p99 {:.1?}", at(50), at(95), at(99));
}

fn decision(number: usize, action: Action, filter: &[(&str, &str)], scope: ImageScope) -> Decision {
    Decision {
        id: format!("decision-{number}"),
        action,
        risks: RiskChoice::Filter { filter: fields(filter) },
        scope,
        within: None,
        reason: String::new(),
        justification: None,
        expires: Expiry::default(),
        author: "someone".to_owned(),
        created_at: Time(number as i64),
        updated_at: Time(number as i64),
    }
}

/// A bulk decision alone, then many small ones beside it.
fn decide(fleet: &mut Fleet) {
    let all = ImageScope { all: true, ..ImageScope::default() };
    let bulk = decision(0, Action::Ignore, &[("severity", "low"), ("kind", "vulnerability")], all.clone());
    let start = Instant::now();
    let preview = fleet.preview(&bulk, 50, 0);
    println!(
        "\npreview of a bulk decision: {:.1?}: {} pairs, {} risks",
        start.elapsed(),
        preview.pairs,
        preview.risks
    );
    let start = Instant::now();
    fleet.set_decisions(vec![bulk.clone()], Time(0));
    let page = fleet.risks(&RiskQuery::parse(&fields(&[("state", "ignored")])).expect("a question"), None);
    println!(
        "bulk decision, to the page that shows it: {:.1?}: {} risks ignored",
        start.elapsed(),
        page.total
    );
    let mut random = Random::new(5);
    let mut decisions = vec![bulk];
    for number in 1..=300 {
        let id = format!("CVE-{}-{:05}", 2012 + number % 15, number);
        let mut one = decision(number, Action::Whitelist, &[], all.clone());
        one.risks = RiskChoice::Ids(vec![id]);
        if number % 3 == 0 {
            let team = format!("team-{}/*", random.below(200));
            one.scope = ImageScope { repositories: vec![team], ..ImageScope::default() };
        }
        if number % 10 == 0 {
            one.risks = RiskChoice::Filter { filter: fields(&[("kind", "secret"), ("severity", "low")]) };
        }
        decisions.push(one);
    }
    let (start, before) = (Instant::now(), processor());
    fleet.set_decisions(decisions, Time(0));
    fleet.sizes();
    println!("301 decisions set: {:.1?} (processor {:.1?})", start.elapsed(), processor() - before);
}

fn changes(fleet: &mut Fleet, images: usize) {
    println!("\n== changes");
    let generator = Generator::new(images, 7);
    let mut risk = generator.risks().next().expect("a risk").1;
    "CVE-2026-99999".clone_into(&mut risk.id);
    // A flaw in every version of the package most images have.
    let mut components: Vec<ComponentFacts> =
        generator.components().filter(|component| component.name == "lib0").collect();
    for component in &mut components {
        component.matches.push(ComponentMatch {
            risk: 10_000_000,
            severity: Severity::Critical,
            fixable: true,
        });
    }
    let start = Instant::now();
    fleet.put_risk(10_000_000, risk);
    for component in components.drain(..) {
        fleet.put_component(component);
    }
    let put = start.elapsed();
    let row = fleet.risk("CVE-2026-99999", None).expect("the new risk");
    println!("new advisory: {:.1?} of which put {put:.1?}: {} images", start.elapsed(), row.images);
    let start = Instant::now();
    let mut count = 0;
    for mut component in
        generator.components().filter(|component| component.class == RiskClass::Application).step_by(10)
    {
        count += 1;
        if component.matches.pop().is_none() {
            component.matches.push(ComponentMatch {
                risk: 1 + count,
                severity: Severity::High,
                fixable: false,
            });
        }
        fleet.put_component(component);
    }
    let put = start.elapsed();
    fleet.sizes();
    println!("{count} components matched anew: {:.1?} of which put {put:.1?}", start.elapsed());
    let mut puts = Vec::new();
    let mut again = generator.images().skip(images / 2).take(2_000);
    for _ in 0..2_000 {
        let Some(mut image) = again.next() else { break };
        image.components.truncate(image.components.len() / 2);
        image.inherited_components.retain(|one| image.components.binary_search(one).is_ok());
        let start = Instant::now();
        fleet.put_image(image);
        puts.push(start.elapsed());
    }
    report("image put again, half its components gone", &mut puts);
    let mut puts = Vec::new();
    for mut image in generator.images().step_by(images / 1_000).take(1_000) {
        image.image.id = format!("new-{}", image.image.id);
        let start = Instant::now();
        fleet.put_image(image);
        puts.push(start.elapsed());
    }
    report("new image put", &mut puts);
    let start = Instant::now();
    fleet.sizes();
    println!("settled: {:.1?}", start.elapsed());
}

/// Processor time of the whole process: what a question costs when others use the machine too. In steps of 10 ms.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// Resident memory, and its peak, as the kernel says.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.map_or("unknown", |line| line[name.len()..].trim()).to_owned()
    };
    format!("{} resident, {} at most", line("VmRSS:"), line("VmHWM:"))
}
