//! The table of images: what filters and sorts ask often in columns, the rest beside.

use crate::names::{NONE, Names};
use plimsoll_model::{ImageSource, RegistryKind, ScanFailure, ScanStatus, StoredImage, Time};
use std::collections::HashMap;
use std::sync::Arc;

/// Where images of a repository are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// Names of the id and of what people call it.
    pub registry: u32,
    pub registry_name: u32,
    pub registry_kind: Option<RegistryKind>,
    pub repository: u32,
    pub organization: u32,
}

/// All images; an image's number is its place in every column.
#[derive(Default)]
pub(crate) struct Images {
    pub places: Vec<Place>,
    place_numbers: HashMap<Place, u32, foldhash::fast::RandomState>,
    numbers: HashMap<Arc<str>, u32, foldhash::fast::RandomState>,
    free: Vec<u32>,
    pub place: Vec<u32>,
    pub tag: Vec<u32>,
    pub os: Vec<u32>,
    pub base: Vec<u32>,
    pub platform: Vec<u32>,
    pub pipeline: Vec<u32>,
    pub source: Vec<ImageSource>,
    pub status: Vec<ScanStatus>,
    pub live: Vec<bool>,
    pub latest: Vec<bool>,
    pub gone: Vec<bool>,
    pub rest: Vec<Rest>,
}

/// What is asked seldom.
#[derive(Default)]
pub(crate) struct Rest {
    pub id: Arc<str>,
    pub digest: Box<str>,
    index_digest: Option<Box<str>>,
    failure: Option<Box<ScanFailure>>,
    pub size: u64,
    pub created: Option<Time>,
    pub updated_at: Time,
    synced_at: Time,
    pub scanned_at: Option<Time>,
    /// Its lists, in the order of `Role`.
    pub bundles: [u32; 6],
}

impl Images {
    /// Places there are, also those nobody is in.
    pub fn bound(&self) -> usize {
        self.live.len()
    }

    /// How many images.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    pub fn find(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// Adds or replaces; the lists stay as they were.
    pub fn put(&mut self, image: &StoredImage, names: &mut Names) -> u32 {
        let slot = self.find(&image.id).unwrap_or_else(|| self.claim(&image.id));
        let at = slot as usize;
        let place = Place {
            registry: names.intern_some(image.registry.as_deref()),
            registry_name: names.intern_some(image.registry_name.as_deref()),
            registry_kind: image.registry_kind,
            repository: names.intern(&image.repository),
            organization: names.intern(image.organization()),
        };
        self.place[at] = *self.place_numbers.entry(place).or_insert_with(|| {
            self.places.push(place);
            (self.places.len() - 1) as u32
        });
        self.tag[at] = names.intern_some(image.tag.as_deref());
        self.os[at] = names.intern_some(image.os.as_deref());
        self.base[at] = names.intern_some(image.base.as_deref());
        self.platform[at] = names.intern(&image.platform);
        self.pipeline[at] = names.intern_some(image.pipeline.as_deref());
        self.source[at] = image.source;
        self.status[at] = image.status;
        self.latest[at] = image.latest;
        self.gone[at] = image.gone;
        let rest = &mut self.rest[at];
        rest.digest = image.digest.as_str().into();
        rest.index_digest = image.index_digest.as_deref().map(Into::into);
        rest.failure = image.failure.clone().map(Box::new);
        rest.size = image.size;
        rest.created = image.created;
        rest.updated_at = image.updated_at;
        rest.synced_at = image.synced_at;
        rest.scanned_at = image.scanned_at;
        slot
    }

    fn claim(&mut self, id: &str) -> u32 {
        let id: Arc<str> = id.into();
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = u32::try_from(self.bound()).expect("fewer than 2^32 images fit in memory");
            for column in [
                &mut self.place,
                &mut self.tag,
                &mut self.os,
                &mut self.base,
                &mut self.platform,
                &mut self.pipeline,
            ] {
                column.push(NONE);
            }
            for column in [&mut self.live, &mut self.latest, &mut self.gone] {
                column.push(false);
            }
            self.source.push(ImageSource::Registry);
            self.status.push(ScanStatus::Unscanned);
            self.rest.push(Rest::default());
            slot
        });
        self.live[slot as usize] = true;
        self.rest[slot as usize].id = Arc::clone(&id);
        self.numbers.insert(id, slot);
        slot
    }

    /// Forgets an image whose lists are empty.
    pub fn remove(&mut self, slot: u32) {
        let rest = std::mem::take(&mut self.rest[slot as usize]);
        self.numbers.remove(&rest.id);
        self.live[slot as usize] = false;
        self.free.push(slot);
    }

    /// Numbers the images anew, so that those alike stand side by side. Nothing may hold their old numbers.
    pub fn arrange(&mut self) {
        let mut order: Vec<u32> = (0..self.bound() as u32).filter(|&slot| self.live[slot as usize]).collect();
        order.sort_unstable_by_key(|&slot| {
            let at = slot as usize;
            let [own, inherited, ..] = self.rest[at].bundles;
            (self.os[at], self.base[at], self.place[at], inherited, own, self.source[at], slot)
        });
        fn reorder<T: Copy>(column: &mut Vec<T>, order: &[u32]) {
            *column = order.iter().map(|&slot| column[slot as usize]).collect();
        }
        for column in [
            &mut self.place,
            &mut self.tag,
            &mut self.os,
            &mut self.base,
            &mut self.platform,
            &mut self.pipeline,
        ] {
            reorder(column, &order);
        }
        for column in [&mut self.live, &mut self.latest, &mut self.gone] {
            reorder(column, &order);
        }
        reorder(&mut self.source, &order);
        reorder(&mut self.status, &order);
        self.rest = order.iter().map(|&slot| std::mem::take(&mut self.rest[slot as usize])).collect();
        self.free.clear();
        for (slot, rest) in self.rest.iter().enumerate() {
            if let Some(number) = self.numbers.get_mut(&rest.id) {
                *number = slot as u32;
            }
        }
    }

    pub fn place_of(&self, slot: u32) -> Place {
        self.places[self.place[slot as usize] as usize]
    }

    /// The image, as it was put.
    pub fn get(&self, slot: u32, names: &Names) -> StoredImage {
        let (at, place) = (slot as usize, self.place_of(slot));
        let rest = &self.rest[at];
        let text = |number: u32| names.get(number).map(str::to_owned);
        StoredImage {
            id: rest.id.as_ref().to_owned(),
            source: self.source[at],
            registry: text(place.registry),
            registry_name: text(place.registry_name),
            registry_kind: place.registry_kind,
            repository: names.text(place.repository).to_owned(),
            tag: text(self.tag[at]),
            digest: rest.digest.as_ref().to_owned(),
            index_digest: rest.index_digest.as_deref().map(str::to_owned),
            platform: names.text(self.platform[at]).to_owned(),
            size: rest.size,
            created: rest.created,
            updated_at: rest.updated_at,
            synced_at: rest.synced_at,
            latest: self.latest[at],
            gone: self.gone[at],
            status: self.status[at],
            failure: rest.failure.as_deref().cloned(),
            scanned_at: rest.scanned_at,
            os: text(self.os[at]),
            base: text(self.base[at]),
            pipeline: text(self.pipeline[at]),
        }
    }

    /// What images are sorted by as names: registry, repository, tag or digest.
    pub fn name_parts<'a>(&'a self, slot: u32, names: &'a Names) -> [&'a str; 3] {
        let place = self.place_of(slot);
        let tag = names.get(self.tag[slot as usize]).unwrap_or(&self.rest[slot as usize].digest);
        [names.text(place.registry_name), names.text(place.repository), tag]
    }
}
