//! Roles that end by themselves.

use std::time::Duration;

use super::*;
use crate::access::{Permission, ReadableProjects, Scope};
use crate::projects::tests::kinds;
use crate::types::Clock as _;

const HOUR: Duration = Duration::from_secs(3600);

impl World {
    async fn give_for(
        &self,
        name: &str,
        role: Role,
        at: &str,
        span: Duration,
    ) -> Result<bool, IdentityError> {
        let until = Some(self.clock.now().after(span));
        let granted = self.identity.grant(&self.admin().await, &user(name), role, scope(at), until).await;
        granted.map(|(_, is_new)| is_new)
    }

    async fn told(&self, prefix: &str) -> Vec<String> {
        kinds(&self.db).await.into_iter().filter(|kind| kind.starts_with(prefix)).skip(2).collect()
    }
}

#[tokio::test]
async fn gives_no_right_from_its_end_on_and_is_closed_later() {
    let world = World::new().await;
    world.add_project("acme").await;
    let ann = world.add_user("ann").await;
    assert!(world.give_for("ann", Role::Publisher, "acme", HOUR).await.unwrap());
    let scope = Scope::Repository(repo("acme/app"));
    let may = async || world.identity.may(&ann, Permission::RepositoryPush, &scope).await.unwrap();
    world.clock.forward(HOUR - Duration::from_micros(1));
    assert!(may().await);
    assert_eq!(world.identity.close_expired_bindings(10).await.unwrap(), 0);
    world.clock.forward(Duration::from_micros(1));
    assert!(!may().await);
    assert_eq!(world.identity.readable_projects(&ann).await.unwrap(), ReadableProjects::Only(vec![]));
    // Still listed, for whoever wonders where the right went.
    assert_eq!(world.identity.me(&ann).await.unwrap().1.items.len(), 1);
    assert_eq!(world.identity.close_expired_bindings(10).await.unwrap(), 1);
    assert_eq!(world.identity.close_expired_bindings(10).await.unwrap(), 0);
    assert!(world.identity.me(&ann).await.unwrap().1.items.is_empty());
    assert_eq!(world.told("role.").await, ["role.granted_until", "role.expired"]);
}

#[tokio::test]
async fn another_end_succeeds_the_one_before() {
    let world = World::new().await;
    world.add_user("ann").await;
    assert!(world.give_for("ann", Role::Reader, "", HOUR).await.unwrap());
    assert!(!world.give_for("ann", Role::Reader, "", HOUR).await.unwrap());
    assert!(world.give_for("ann", Role::Reader, "", 2 * HOUR).await.unwrap());
    world.clock.forward(2 * HOUR);
    // It has ended, and was not closed yet: a new one takes its place.
    world.give("ann", Role::Reader, "").await;
    assert_eq!(
        world.told("role.").await,
        ["role.granted_until", "role.revoked", "role.granted_until", "role.expired", "role.granted"]
    );
    let past = world.give_for("ann", Role::Auditor, "", Duration::ZERO).await;
    assert!(matches!(past, Err(IdentityError::Expiry(_))));
}

#[tokio::test]
async fn an_admin_with_an_end_does_not_count_as_the_one_who_stays() {
    let world = World::new().await;
    let admin = world.admin().await;
    world.add_user("ann").await;
    world.give_for("ann", Role::OrgAdmin, "", HOUR).await.unwrap();
    let id = world.identity.me(&admin).await.unwrap().1.items[0].binding.id;
    assert!(matches!(world.identity.revoke(&admin, id).await, Err(IdentityError::LastAdmin)));
    let ended = world.give_for("admin", Role::OrgAdmin, "", HOUR).await;
    assert!(matches!(ended, Err(IdentityError::LastAdmin)));
    // The other way round, the one with an end may go at any time.
    let ann = world.caller("ann").await;
    let id = world.identity.me(&ann).await.unwrap().1.items[0].binding.id;
    world.identity.revoke(&admin, id).await.unwrap();
}
