//! What manifests consist of, found level by level and remembered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Registry;
use crate::db::{Db, DbError};
use crate::registry::error::RegistryError;
use crate::registry::model::{HeldManifest, Parts};
use crate::registry::store;
use crate::types::{Digest, ManifestId, RepoName, RepositoryId};

/// Most digests that are read of one manifest; what is beyond them does not count as part of it.
const MOST: u64 = 100_000;

impl Registry {
    /// What a manifest consists of; nothing, if the repository does not hold it.
    pub(super) async fn parts(
        &self,
        name: &RepoName,
        sha256: &Digest,
    ) -> Result<Option<Arc<Parts>>, RegistryError> {
        let key = (name.clone(), sha256.clone());
        if let Some(known) = self.memory.parts.get(&key) {
            return Ok(Some(known));
        }
        let Some(repository) = self.find_repository(name).await? else { return Ok(None) };
        let held = store::manifests::find(self.db.read(), repository.id, sha256).await?;
        let Some(HeldManifest { id, sha256, sha512, .. }) = held else { return Ok(None) };
        let (parts, is_whole) = Self::read_parts(&self.db, repository.id, id, [sha256, sha512]).await?;
        let parts = Arc::new(parts);
        if is_whole {
            self.memory.parts.insert(key, Arc::clone(&parts));
        }
        Ok(Some(parts))
    }

    /// Reads what a manifest consists of; says whether all of it is there. An index may be there before what it lists.
    pub(super) async fn read_parts(
        db: &Db,
        repository: RepositoryId,
        root: ManifestId,
        names: [Digest; 2],
    ) -> Result<(Parts, bool), DbError> {
        let mut parts = Parts::below(names[0].clone());
        let (mut level, mut left, mut is_whole) = (HashMap::from([(root, names)]), MOST, true);
        while !level.is_empty() && left > 0 {
            let ids: Vec<ManifestId> = level.keys().copied().collect();
            let links = store::links::named_by(db.read(), &ids, left).await?;
            left -= links.len() as u64;
            let listed: Vec<Digest> = links
                .iter()
                .filter(|(_, digest, is_child)| *is_child && !parts.names(digest))
                .map(|(_, digest, _)| digest.clone())
                .collect();
            let mut by_manifest: HashMap<ManifestId, Vec<Digest>> = HashMap::new();
            for (id, digest, _) in links {
                by_manifest.entry(id).or_default().push(digest);
            }
            for (id, names) in level.drain() {
                parts.add(names, by_manifest.remove(&id).unwrap_or_default());
            }
            level = store::links::held_names(db.read(), repository, &listed).await?.into_iter().collect();
            let found: HashSet<&Digest> = level.values().flatten().collect();
            is_whole &= listed.iter().all(|digest| found.contains(digest) || parts.names(digest));
        }
        Ok((parts, is_whole))
    }
}
