//! A fleet out of nothing, the same for the same seed: for benches and demonstrations. Images share base images,
//! packages are used as unevenly as in life, a repository's tags change little from one to the next.

mod random;
mod software;

pub use random::Random;

use plimsoll_model::{
    ComponentFacts, ImageFacts, ImageSource, RegistryKind, Risk, RiskKind, ScanStatus, Severity, StoredImage,
    Time, Urgency,
};
use software::{Base, Software};

/// A fleet to be.
pub struct Generator {
    images: usize,
    seed: u64,
    software: Software,
}

/// When the first image is built: 2026-01-01.
const START: Time = Time(1_767_225_600_000_000);

/// Risks of each kind that do not come through components.
const DIRECT: [(RiskKind, i64); 7] = [
    (RiskKind::Configuration, 180),
    (RiskKind::PasswordPolicy, 12),
    (RiskKind::Secret, 60),
    (RiskKind::MaliciousFile, 40),
    (RiskKind::WeakPassword, 10),
    (RiskKind::Compliance, 40),
    (RiskKind::BaseImage, 8),
];

impl Generator {
    /// A fleet of about so many images.
    pub fn new(images: usize, seed: u64) -> Generator {
        Generator { images, seed, software: Software::new(images, seed) }
    }

    /// Risks by number: vulnerabilities, then the others.
    pub fn risks(&self) -> impl Iterator<Item = (i64, Risk)> + '_ {
        let mut random = Random::new(self.seed ^ 1);
        let vulnerabilities = self.software.vulnerabilities();
        let direct = DIRECT.iter().flat_map(|&(kind, count)| (0..count).map(move |item| (kind, item)));
        let all = (0..vulnerabilities as i64).map(|item| (RiskKind::Vulnerability, item)).chain(direct);
        all.enumerate().map(move |(index, (kind, item))| {
            let name = match kind {
                RiskKind::Vulnerability => format!("CVE-{}-{:05}", 2012 + item % 15, item),
                kind => format!("{}-{item}", kind.as_str()),
            };
            (index as i64 + 1, risk(kind, name, &mut random))
        })
    }

    /// Components by number.
    pub fn components(&self) -> impl Iterator<Item = ComponentFacts> + '_ {
        self.software.components()
    }

    /// The number of the first risk that does not come through components.
    fn first_direct(&self) -> i64 {
        self.software.vulnerabilities() as i64 + 1
    }

    /// Images, repository after repository.
    pub fn images(&self) -> impl Iterator<Item = ImageFacts> + '_ {
        let mut random = Random::new(self.seed ^ 2);
        let mut left = self.images;
        let mut repository = 0;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            // A third have a handful of tags, some have hundreds.
            let tags = (2 + random.below(12) + random.zipf(120) / 2).min(left);
            left -= tags;
            repository += 1;
            Some(self.repository(repository, tags, &mut random))
        })
        .flatten()
    }

    fn repository(&self, number: usize, tags: usize, random: &mut Random) -> Vec<ImageFacts> {
        let registry = random.zipf(20);
        let organization = random.zipf(200);
        let source = if random.one_in(12) { ImageSource::Cicd } else { ImageSource::Registry };
        let platform = if random.one_in(9) { "linux/arm64" } else { "linux/amd64" };
        let mut base = self.software.base(random);
        let mut own = self.software.application(random);
        let mut direct = self.direct(random, 2);
        let mut images = Vec::with_capacity(tags);
        for tag in 0..tags {
            if random.one_in(8) {
                base = self.software.newer(base);
            }
            if random.one_in(3) {
                self.software.update(&mut own, random);
            }
            if random.one_in(30) {
                direct = self.direct(random, 2);
            }
            let at = self.software.base_at(base);
            let built = START.plus_days((tag * 300 / tags) as i64);
            let scanned = !random.one_in(50);
            let image = StoredImage {
                id: format!("{number:08x}-0000-7000-8000-{tag:012x}"),
                source,
                registry: Some(format!("{registry:08x}-1111-7000-8000-000000000000")),
                registry_name: Some(format!("registry-{registry}.example.com")),
                registry_kind: Some(RegistryKind::ALL[registry % RegistryKind::ALL.len()]),
                repository: format!("team-{organization}/service-{number}"),
                tag: Some(format!("{}.{}.{}", tag / 40, tag / 8 % 5, tag % 8)),
                digest: format!("sha256:{:064x}", (number as u128) << 32 | tag as u128),
                index_digest: None,
                platform: platform.to_owned(),
                size: 20_000_000 + random.below(900_000_000) as u64,
                created: Some(built),
                updated_at: built,
                synced_at: START.plus_days(300),
                latest: tag + 1 == tags,
                gone: random.one_in(100),
                status: if scanned { ScanStatus::Scanned } else { ScanStatus::Unscanned },
                failure: None,
                scanned_at: scanned.then(|| built.plus_days(1)),
                os: Some(at.os.clone()),
                base: Some(at.name.clone()),
                pipeline: (source == ImageSource::Cicd).then(|| format!("pipeline-{organization}")),
            };
            images.push(if scanned { self.contents(image, at, &own, &direct, random) } else { empty(image) });
        }
        images
    }

    fn contents(
        &self,
        image: StoredImage,
        base: &Base,
        own: &[i64],
        direct: &[i64],
        random: &mut Random,
    ) -> ImageFacts {
        let mut components: Vec<i64> = base.components.iter().chain(own).copied().collect();
        components.sort_unstable();
        components.dedup();
        let inherited_risks: Vec<i64> = base.direct.iter().map(|item| self.first_direct() + item).collect();
        let mut risks: Vec<i64> = inherited_risks.iter().chain(direct).copied().collect();
        risks.sort_unstable();
        risks.dedup();
        let mut some = |most: usize| {
            let count = if random.one_in(6) { random.below(most) } else { 0 };
            let all = self.software.vulnerabilities();
            let mut some: Vec<i64> = (0..count).map(|_| 1 + random.below(all) as i64).collect();
            some.sort_unstable();
            some.dedup();
            some
        };
        let (fixed, reopened) = (some(12), some(2));
        ImageFacts {
            image,
            components,
            inherited_components: base.components.clone(),
            risks,
            inherited_risks,
            fixed,
            reopened,
        }
    }

    /// Risks of an image's own layers that do not come through components: checks often, the others seldom.
    fn direct(&self, random: &mut Random, checks: usize) -> Vec<i64> {
        let all: i64 = DIRECT.iter().map(|(_, count)| count).sum();
        let mut direct: Vec<i64> =
            (0..1 + random.below(checks * 3)).map(|_| random.zipf(192) as i64).collect();
        if random.one_in(6) {
            direct.push(192 + random.below(all as usize - 192) as i64);
        }
        direct.iter_mut().for_each(|item| *item += self.first_direct());
        direct.sort_unstable();
        direct.dedup();
        direct
    }
}

fn empty(image: StoredImage) -> ImageFacts {
    ImageFacts {
        image,
        components: Vec::new(),
        inherited_components: Vec::new(),
        risks: Vec::new(),
        inherited_risks: Vec::new(),
        fixed: Vec::new(),
        reopened: Vec::new(),
    }
}

fn risk(kind: RiskKind, name: String, random: &mut Random) -> Risk {
    let cvss = 1.0 + random.below(91) as f64 / 10.0;
    let severity = match cvss {
        score if score >= 9.0 => Severity::Critical,
        score if score >= 7.0 => Severity::High,
        score if score >= 4.0 => Severity::Medium,
        _ => Severity::Low,
    };
    let of_vulnerability = kind == RiskKind::Vulnerability;
    let kev = of_vulnerability && random.one_in(150);
    let epss = (random.below(1_000) as f32 / 1_000.0).powi(4);
    let seen = random.below(300) as i64;
    Risk {
        id: Risk::id_of(kind, &name),
        kind,
        title: format!("What {name} is about, said in one line of some length"),
        severity,
        urgency: match (kev, severity) {
            (true, _) => Urgency::Immediate,
            (_, Severity::Critical | Severity::High) => Urgency::Delay,
            _ => Urgency::None,
        },
        aliases: if of_vulnerability { vec![format!("GHSA-{name}")] } else { Vec::new() },
        cvss: of_vulnerability.then_some(cvss),
        epss: of_vulnerability.then_some(epss),
        epss_percentile: of_vulnerability.then_some(epss.sqrt()),
        kev_added: kev.then(|| "2026-02-03".to_owned()),
        published: of_vulnerability.then(|| START.plus_days(seen - 1_000).to_rfc3339()),
        category: (!of_vulnerability).then(|| "general".to_owned()),
        first_seen: START.plus_days(seen),
        name,
    }
}
