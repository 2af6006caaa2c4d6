//! The staff entrance.

use crate::world::{PASSWORD, Person, World};
use basics::OfficeId;
use office::{Attempt, Error, Role};
use std::net::IpAddr;
use testkit::TestDb;

async fn stranger_tries(world: &World, login: &str, address: [u8; 4]) {
    let attempt = Attempt {
        login,
        password: "これは違うパスワード",
        code: "000000",
        address: Some(IpAddr::from(address)),
        device: None,
    };
    let refused = world.entrance.sign_in(attempt).await;
    assert!(matches!(refused, Err(Error::SignInRefused)));
}

testkit::on_both_databases! {
    [office::MIGRATIONS];

    /// Somebody tries all day, from many places; the colleague comes in from her own browser at once, and from a new
    /// one within a minute.
    async fn a_stranger_cannot_lock_a_colleague_out(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        for n in 0..60u8 {
            stranger_tries(&world, "sato", [198, 51, 100, n / 6]).await;
            world.wait(1);
        }
        world.wait(30);
        let own_browser = world.try_sign_in(&sato, PASSWORD, Some(&signed_in.device_cookie)).await;
        assert!(own_browser.is_ok());
        for n in 0..60u8 {
            stranger_tries(&world, "sato", [203, 0, 113, n]).await;
        }
        assert!(matches!(world.try_sign_in(&sato, PASSWORD, None).await, Err(Error::SignInRefused)));
        world.wait(61);
        assert!(world.try_sign_in(&sato, PASSWORD, None).await.is_ok());
    }

    /// One address waits longer and longer; tries at the same moment are counted like tries one after the other.
    async fn tries_at_the_same_moment_are_no_free_tries(db: TestDb) {
        let world = World::new(&db).await;
        world.person("sato", Role::Coordinator).await;
        let tries = (0..16).map(|_| {
            let entrance = world.entrance.clone();
            tokio::spawn(async move {
                let address = Some(IpAddr::from([198, 51, 100, 7]));
                let attempt = Attempt { login: "sato", password: "違う", code: "1", address, device: None };
                entrance.sign_in(attempt).await.is_err()
            })
        });
        for one in tries.collect::<Vec<_>>() {
            assert!(one.await.unwrap());
        }
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "password").await, 6);
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "wait").await, 10);
    }

    async fn a_totp_code_cannot_be_used_twice(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        world.wait(30);
        assert!(world.try_sign_in(&sato, PASSWORD, None).await.is_ok());
        assert!(matches!(world.try_sign_in(&sato, PASSWORD, None).await, Err(Error::SignInRefused)));
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "code_used_before").await, 1);
        world.wait(30);
        assert!(world.try_sign_in(&sato, PASSWORD, None).await.is_ok());
    }

    async fn a_recovery_code_is_good_once_and_needs_the_password(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let with = async |password: &str, code: &str| {
            world.entrance.sign_in(Attempt { login: "sato", password, code, ..Attempt::default() }).await
        };
        let code = sato.recovery.0[3].to_lowercase();
        assert!(with("ほかのパスワード", &code).await.is_err());
        assert_eq!(with(PASSWORD, &code).await.unwrap().recovery_codes_left, Some(9));
        assert!(with(PASSWORD, &code).await.is_err());
        assert!(with(PASSWORD, "AAAAA-AAAAA").await.is_err());
        assert_eq!(with(PASSWORD, &sato.recovery.0[4]).await.unwrap().recovery_codes_left, Some(8));
    }

    /// Wrong name, wrong password, wrong digits, too early: one sentence, and a row in the chain each.
    async fn every_refusal_reads_alike_and_is_recorded(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        world.wait(30);
        let digits = sato.totp.code_at(world.clock.now());
        let mut sentences = Vec::new();
        for (login, password, code) in [
            ("nobody", PASSWORD, digits.as_str()),
            ("sato", "違うパスワードです", &digits),
            ("sato", PASSWORD, "12345"),
        ] {
            let refused = world.entrance.sign_in(Attempt { login, password, code, ..Attempt::default() }).await;
            sentences.push(refused.unwrap_err().to_string());
        }
        sentences.dedup();
        assert_eq!(sentences.len(), 1);
        assert_eq!(world.recorded(OfficeId::INSTALLATION, "staff.sign_in", "refused", "password").await, 1);
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "password").await, 1);
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "code").await, 1);
    }

    /// With the password in hand, from ever new addresses: the six digits are tried six times, then one has to wait.
    async fn who_knows_the_password_cannot_try_all_digits(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        world.wait(30);
        let right = sato.totp.code_at(world.clock.now());
        let wrong = if right == "123456" { "123457" } else { "123456" };
        for n in 0..15u8 {
            let address = Some(IpAddr::from([203, 0, 113, n]));
            let attempt = Attempt { login: "sato", password: PASSWORD, code: wrong, address, device: None };
            assert!(world.entrance.sign_in(attempt).await.is_err());
        }
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "code").await, 6);
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "wait").await, 9);
        world.wait(6);
        assert!(world.try_sign_in(&sato, PASSWORD, None).await.is_ok());
    }

    async fn full_width_letters_and_digits_are_understood(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        world.wait(30);
        let digits = sato.totp.code_at(world.clock.now());
        let wide: String = digits.bytes().map(|b| char::from_u32(u32::from(b) + 0xfee0).unwrap()).collect();
        let attempt = Attempt { login: "ＳＡＴＯ", password: PASSWORD, code: &wide, ..Attempt::default() };
        assert!(world.entrance.sign_in(attempt).await.is_ok());
    }

    /// A known-device cookie of one colleague does nothing for the account of another.
    async fn a_known_device_is_known_for_its_colleague_only(db: TestDb) {
        let world = World::new(&db).await;
        let sato = world.person("sato", Role::Coordinator).await;
        let mori: Person = world.person("mori", Role::Coordinator).await;
        let (_, signed_in) = world.sign_in(&sato).await;
        for n in 0..40u8 {
            stranger_tries(&world, "mori", [203, 0, 113, n]).await;
        }
        let other_account = world.try_sign_in(&mori, PASSWORD, Some(&signed_in.device_cookie)).await;
        assert!(matches!(other_account, Err(Error::SignInRefused)));
        assert_eq!(world.recorded(world.office, "staff.sign_in", "refused", "wait").await, 41 - 21);
    }

    /// Strangers keep every computation of the shared gate busy (wrong sign-ins, letters whose codes are shown): a
    /// colleague in their own browser does not wait for them.
    async fn a_flood_at_the_gate_does_not_keep_a_colleague_out_of_their_browser(db: TestDb) {
        let world = World::new(&db).await;
        let person = world.person("sato", Role::Coordinator).await;
        let (_, before) = world.sign_in(&person).await;
        let gate = vault::password::Gate::new(1);
        let (started, waiting) = (std::time::Instant::now(), std::time::Duration::from_secs(8));
        let flood = gate.clone();
        let flood = tokio::spawn(async move { flood.run(move || std::thread::sleep(waiting)).await });
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let entrance = office::Entrance::open(&world.db, &world.clock, &vault::SymmetricKey::random(), &gate);
        world.wait(30);
        entrance
            .sign_in(office::Attempt {
                login: &person.login,
                password: crate::world::PASSWORD,
                code: &person.totp.code_at(world.clock.now()),
                address: None,
                device: Some(&before.device_cookie),
            })
            .await
            .unwrap();
        assert!(started.elapsed() < waiting, "{:?}", started.elapsed());
        flood.await.unwrap().unwrap();
    }
}
