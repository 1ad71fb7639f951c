//! Packages, their versions, what these are vulnerable to, and base images.

use super::Random;
use plimsoll_model::{ComponentFacts, ComponentMatch, RiskClass, Severity};

/// All software there is.
pub(super) struct Software {
    packages: Vec<Package>,
    /// Packages of each distribution, and those of applications after them.
    systems: Vec<std::ops::Range<usize>>,
    applications: std::ops::Range<usize>,
    bases: Vec<Base>,
    vulnerabilities: usize,
}

/// One package of one distribution or ecosystem.
struct Package {
    name: String,
    class: RiskClass,
    /// Number of its first version's component.
    first: i64,
    versions: usize,
    flaws: Vec<Flaw>,
}

/// A vulnerability of the versions below one.
#[derive(Clone, Copy)]
struct Flaw {
    risk: i64,
    severity: Severity,
    /// First version that does not have it; none is known when it is past the last.
    until: usize,
}

/// A base image.
pub(super) struct Base {
    pub name: String,
    pub os: String,
    /// Sorted.
    pub components: Vec<i64>,
    /// Risks of its files, from 0.
    pub direct: Vec<i64>,
    /// The base image that follows it.
    next: usize,
}

const SYSTEMS: [&str; 10] = [
    "debian 12",
    "ubuntu 22.04",
    "alpine 3.19",
    "debian 11",
    "ubuntu 24.04",
    "alpine 3.18",
    "rhel 9",
    "rhel 8",
    "ubuntu 20.04",
    "openeuler 22.03",
];
const SOURCES: usize = 500;
const SYSTEM_VERSIONS: usize = 8;
const APPLICATION_PACKAGES: usize = 15_000;
const APPLICATION_VERSIONS: usize = 10;
/// Base images that follow each other.
const GENERATIONS: usize = 6;

impl Software {
    pub fn new(images: usize, seed: u64) -> Software {
        let mut random = Random::new(seed ^ 3);
        let mut software = Software {
            packages: Vec::new(),
            systems: Vec::new(),
            applications: 0..0,
            bases: Vec::new(),
            vulnerabilities: 0,
        };
        let sources: Vec<Vec<i64>> =
            (0..SOURCES).map(|source| software.flaws(3 + 120 / (4 + source / 2), &mut random)).collect();
        for _ in SYSTEMS {
            let start = software.packages.len();
            for (source, risks) in sources.iter().enumerate() {
                let name = format!("lib{source}");
                software.package(name, RiskClass::System, SYSTEM_VERSIONS, risks, &mut random);
            }
            software.systems.push(start..software.packages.len());
        }
        let start = software.packages.len();
        for package in 0..APPLICATION_PACKAGES {
            let most = if random.one_in(3) { 4 + images / 40_000 + 300 / (20 + package / 8) } else { 0 };
            let count = random.below(most + 1);
            let risks = software.flaws(count, &mut random);
            let versions = 2 + random.below(APPLICATION_VERSIONS);
            software.package(
                format!("module-{package}"),
                RiskClass::Application,
                versions,
                &risks,
                &mut random,
            );
        }
        software.applications = start..software.packages.len();
        for line in 0..(images / 10_000).clamp(12, 100) {
            software.line_of_bases(line, &mut random);
        }
        software
    }

    fn flaws(&mut self, count: usize, random: &mut Random) -> Vec<i64> {
        // One in ten is shared with another package: a copied library.
        let flaws = (0..count).map(|_| {
            if self.vulnerabilities > 0 && random.one_in(10) {
                return 1 + random.below(self.vulnerabilities) as i64;
            }
            self.vulnerabilities += 1;
            self.vulnerabilities as i64
        });
        flaws.collect()
    }

    fn package(
        &mut self,
        name: String,
        class: RiskClass,
        versions: usize,
        risks: &[i64],
        random: &mut Random,
    ) {
        let first = self.packages.last().map_or(1, |package| package.first + package.versions as i64);
        let flaws = risks.iter().filter_map(|&risk| {
            // Most are of old versions; some are not fixed yet.
            let until =
                if random.one_in(12) { versions + 1 } else { random.zipf(versions + 1) * random.below(2) };
            let severity = Severity::ALL[random.below(Severity::ALL.len())];
            (until > 0).then_some(Flaw { risk, severity, until })
        });
        let flaws = flaws.collect();
        self.packages.push(Package { name, class, first, versions, flaws });
    }

    fn line_of_bases(&mut self, line: usize, random: &mut Random) {
        let system = random.zipf(SYSTEMS.len());
        let count = 40 + random.below(160);
        let mut chosen: Vec<usize> =
            (0..count).map(|_| self.systems[system].start + random.zipf(SOURCES)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let direct: Vec<i64> = (0..20).map(|_| random.zipf(190) as i64).collect();
        for generation in 0..GENERATIONS {
            let mut components: Vec<i64> = chosen
                .iter()
                .map(|&package| {
                    let package = &self.packages[package];
                    package.first + (generation + random.below(3)).min(package.versions - 1) as i64
                })
                .collect();
            components.sort_unstable();
            let mut direct = direct.clone();
            direct.sort_unstable();
            direct.dedup();
            let last = generation + 1 == GENERATIONS;
            self.bases.push(Base {
                name: format!("base-{line}:{generation}"),
                os: SYSTEMS[system].to_owned(),
                components,
                direct,
                next: self.bases.len() + usize::from(!last),
            });
        }
    }

    pub fn vulnerabilities(&self) -> usize {
        self.vulnerabilities
    }

    pub fn base(&self, random: &mut Random) -> usize {
        random.zipf(self.bases.len() / GENERATIONS) * GENERATIONS + random.below(GENERATIONS)
    }

    pub fn base_at(&self, base: usize) -> &Base {
        &self.bases[base]
    }

    pub fn newer(&self, base: usize) -> usize {
        self.bases[base].next
    }

    /// Components of an application: its modules, and a few system packages more.
    pub fn application(&self, random: &mut Random) -> Vec<i64> {
        let modules = 20 + random.below(160);
        let mut packages: Vec<usize> =
            (0..modules).map(|_| self.applications.start + random.zipf(self.applications.len())).collect();
        if random.one_in(3) {
            let system = &self.systems[random.zipf(self.systems.len())];
            packages.extend((0..5 + random.below(20)).map(|_| system.start + random.zipf(system.len())));
        }
        packages.sort_unstable();
        packages.dedup();
        let versions = packages.into_iter().map(|package| {
            let package = &self.packages[package];
            package.first + random.below(package.versions) as i64
        });
        versions.collect()
    }

    /// A few of these components get a newer version.
    pub fn update(&self, components: &mut [i64], random: &mut Random) {
        for _ in 0..1 + random.below(4) {
            let Some(component) = components.get_mut(random.below(components.len())) else { return };
            let package = self.packages.partition_point(|package| package.first <= *component) - 1;
            let package = &self.packages[package];
            *component = (*component + 1).min(package.first + package.versions as i64 - 1);
        }
    }

    pub fn components(&self) -> impl Iterator<Item = ComponentFacts> + '_ {
        self.packages.iter().flat_map(|package| {
            (0..package.versions).map(move |version| ComponentFacts {
                number: package.first + version as i64,
                class: package.class,
                name: package.name.clone(),
                matches: package
                    .flaws
                    .iter()
                    .filter(|flaw| version < flaw.until)
                    .map(|flaw| ComponentMatch {
                        risk: flaw.risk,
                        severity: flaw.severity,
                        fixable: flaw.until < package.versions,
                    })
                    .collect(),
            })
        })
    }
}
