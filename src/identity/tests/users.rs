//! Accounts.

use super::*;
use crate::projects::tests::{kinds, page};

fn new_password(text: &str) -> UserChange {
    let password = Some(NewPassword::try_from(secret(text)).unwrap());
    UserChange { password, ..UserChange::default() }
}

fn disable(disabled: bool) -> UserChange {
    UserChange { disabled: Some(disabled), ..UserChange::default() }
}

#[tokio::test]
async fn the_first_start_makes_an_admin_and_the_next_does_not() {
    let world = World::new().await;
    assert!(!world.identity.bootstrap_admin(&secret("another long one")).await.unwrap());
    assert_eq!(kinds(&world.db).await, ["key.created", "user.created", "role.granted", "role.granted"]);
    world.log_in("admin", ADMIN, "192.0.2.1").await.unwrap();
    let (_, bindings) = world.identity.me(&world.admin().await).await.unwrap();
    let roles: Vec<_> = bindings.items.iter().map(|named| named.binding.role).collect();
    assert_eq!(roles, [Role::OrgAdmin, Role::Auditor]);
}

#[tokio::test]
async fn a_short_password_is_refused_at_the_first_start() {
    let (db, _folder) = database().await;
    let clock = Arc::new(TestClock::new());
    let projects = Projects::new(db.clone(), clock.clone(), Settings::default());
    let keys = Keys::new(db.clone(), MasterKey::generate());
    let identity = Identity::new(db, clock, projects, keys, LoginLimits::default(), "waybill".to_owned());
    let outcome = identity.bootstrap_admin(&secret("short")).await;
    assert!(matches!(outcome, Err(IdentityError::Password(_))));
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let world = World::new().await;
    world.add_user("ann").await;
    let password = NewPassword::try_from(secret(PASSWORD)).unwrap();
    let again = world.identity.create_user(&world.admin().await, &user("ann"), &password).await;
    assert!(matches!(again, Err(IdentityError::UserExists)));
    let first = world.identity.list_users(&page(1, None)).await.unwrap();
    assert_eq!(first.items[0].name, user("admin"));
    let second = world.identity.list_users(&page(1, Some("admin"))).await.unwrap();
    assert_eq!((second.items[0].name.as_str(), second.next), ("ann", None));
}

#[tokio::test]
async fn who_changes_their_own_password_knows_it() {
    let world = World::new().await;
    let ann = world.add_user("ann").await;
    let change = new_password("the next password");
    let name = user("ann");
    let update = |change| world.identity.update_user(&ann, &name, change);
    assert!(matches!(update(change.clone()).await, Err(IdentityError::CurrentPasswordMissing)));
    let wrong = UserChange { current_password: Some(secret("not the password")), ..change.clone() };
    assert!(matches!(update(wrong).await, Err(IdentityError::CurrentPasswordWrong)));
    let right = UserChange { current_password: Some(secret(PASSWORD)), ..change };
    update(right).await.unwrap();
    assert!(matches!(world.log_in("ann", PASSWORD, "192.0.2.1").await, Err(AccessError::BadCredentials)));
    world.log_in("ann", "the next password", "192.0.2.1").await.unwrap();
    assert_eq!(kinds(&world.db).await.last().unwrap(), "user.password_changed");
}

#[tokio::test]
async fn only_an_admin_changes_others() {
    let world = World::new().await;
    let ann = world.add_user("ann").await;
    world.add_user("bob").await;
    for (name, change) in [
        ("bob", new_password("the next password")),
        ("bob", disable(true)),
        ("ann", disable(true)),
        ("nobody", disable(true)),
        ("nobody", new_password("the next password")),
    ] {
        let outcome = world.identity.update_user(&ann, &user(name), change).await;
        assert!(matches!(outcome, Err(IdentityError::Access(AccessError::Denied))), "{name}");
    }
    let admin = world.admin().await;
    world.identity.update_user(&admin, &user("bob"), new_password("the next password")).await.unwrap();
    world.log_in("bob", "the next password", "192.0.2.1").await.unwrap();
    let missing = world.identity.update_user(&admin, &user("nobody"), disable(true)).await;
    assert!(matches!(missing, Err(IdentityError::NoSuchUser)));
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_can_come_back() {
    let world = World::new().await;
    let ann = world.add_user("ann").await;
    world.give("ann", Role::Auditor, "").await;
    world.log_in("ann", PASSWORD, "192.0.2.1").await.unwrap();
    let admin = world.admin().await;
    for _ in 0..2 {
        let account = world.identity.update_user(&admin, &user("ann"), disable(true)).await.unwrap();
        assert!(!account.is_enabled());
    }
    // Remembered a moment ago, and refused all the same; and a caller who is in already loses every right.
    assert!(matches!(world.log_in("ann", PASSWORD, "192.0.2.1").await, Err(AccessError::BadCredentials)));
    let asked = (crate::access::Permission::EventsRead, crate::access::Scope::Organisation);
    assert!(matches!(world.identity.check(&ann, asked.0, &asked.1).await, Err(AccessError::Denied)));
    world.identity.update_user(&admin, &user("ann"), disable(false)).await.unwrap();
    world.log_in("ann", PASSWORD, "192.0.2.1").await.unwrap();
    let told: Vec<_> = kinds(&world.db).await.into_iter().filter(|kind| kind.ends_with("abled")).collect();
    assert_eq!(told, ["user.disabled", "user.enabled"]);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let world = World::new().await;
    let admin = world.admin().await;
    let bindings = world.identity.me(&admin).await.unwrap().1;
    let id = bindings.items[0].binding.id;
    let update = async |disabled| world.identity.update_user(&admin, &user("admin"), disable(disabled)).await;
    assert!(matches!(update(true).await, Err(IdentityError::LastAdmin)));
    assert!(matches!(world.identity.revoke(&admin, id).await, Err(IdentityError::LastAdmin)));
    // An admin who can't log in does not count.
    world.add_user("ann").await;
    world.give("ann", Role::OrgAdmin, "").await;
    world.identity.update_user(&admin, &user("ann"), disable(true)).await.unwrap();
    assert!(matches!(update(true).await, Err(IdentityError::LastAdmin)));
    assert!(matches!(world.identity.revoke(&admin, id).await, Err(IdentityError::LastAdmin)));
    world.identity.update_user(&admin, &user("ann"), disable(false)).await.unwrap();
    world.identity.revoke(&admin, id).await.unwrap();
    // Not an admin any more, and so not the last one.
    let ann = world.caller("ann").await;
    world.identity.update_user(&ann, &user("admin"), disable(true)).await.unwrap();
}

#[tokio::test]
async fn of_two_admins_who_disable_each_other_one_stays() {
    let world = World::new().await;
    let admin = world.admin().await;
    let ann = world.add_user("ann").await;
    world.give("ann", Role::OrgAdmin, "").await;
    let (first, second) = (user("ann"), user("admin"));
    let outcomes = futures_util::future::join(
        world.identity.update_user(&admin, &first, disable(true)),
        world.identity.update_user(&ann, &second, disable(true)),
    )
    .await;
    assert!(outcomes.0.is_ok() != outcomes.1.is_ok());
}

#[tokio::test]
async fn names_stand_in_no_event() {
    let world = World::new().await;
    world.add_user("zaphod").await;
    world.give("zaphod", Role::Reader, "").await;
    let events = crate::ledger::Events::new(world.db.clone());
    let events = events.list(crate::ledger::EventQuery::default(), &page(100, None)).await.unwrap();
    for event in events.items {
        assert!(!event.leaf.get().contains("zaphod"), "{}", event.leaf);
        assert!(!event.leaf.get().contains("argon2"), "{}", event.leaf);
    }
}
