//! Calendars out, closing days in, and the week on one page.

use crate::places::{a_place, somebody, thursday};
use crate::world::{MIGRATIONS, World};
use basics::StaffId;
use basics::time::start_of_day;
use casework::visit::{Goal, NewVisit, Target, WantedBy};
use casework::{case::Opened, visit};
use community::Error;
use community::closing_days::{Source, What as Line};
use community::recurrence::{DayOfWeek, Pattern, Rule};
use community::slip::Token;
use community::week::What;
use jiff::civil::{date, time};
use jiff::{SignedDuration, Timestamp};
use office::{Role, Session};
use store::transact;
use testkit::TestDb;

/// Wednesday, 25 November 2026, at this hour.
fn at(hour: i64) -> Timestamp {
    start_of_day(date(2026, 11, 25)) + SignedDuration::from_hours(hour)
}

fn hours(from: i64, until: i64) -> (i64, i64) {
    (
        basics::time::micros(at(from)),
        basics::time::micros(at(until)),
    )
}

impl World {
    /// Straight into the tables, as another part of the room would.
    async fn set_down(&self, sql: &str) {
        transact!(&self.db, "test.set_down", |tx| {
            tx.exec(sql, &[]).await?;
            let entry = office::Entry::done(
                self.office.id,
                office::Actor::Operator,
                "office.change",
                "test",
                self.clock.now(),
            );
            office::audit::record(tx, &entry).await
        })
        .unwrap();
    }

    async fn an_appointment(
        &self,
        id: i64,
        staff: StaffId,
        (from, until): (i64, i64),
        opened: Option<&Opened>,
    ) {
        let (case, compartment) = opened.map_or(("NULL".to_owned(), "NULL".to_owned()), |opened| {
            (opened.case.to_string(), opened.compartment.to_string())
        });
        let office = self.office.id;
        self.set_down(&format!(
            "INSERT INTO appointment (id, office_id, way, who, people, first_time, staff_id, room_id, day, starts_at, ends_at, pause, state, \
             made_at, case_id, compartment_id, version) VALUES ({id}, {office}, 'visit_in', 'family', 1, 0, {staff}, 77, '2026-11-25', \
             {from}, {until}, 15, 'booked', 1, {case}, {compartment}, 1)"
        ))
        .await;
    }

    /// A week with everything in it: a room, two appointments (one of a case), a visit, a gathering, somebody away.
    async fn a_full_week(&self, me: &Session) -> Opened {
        let opened = self.a_mothers_case(me).await;
        let (office, mine) = (self.office.id, me.staff());
        self.set_down(&format!("INSERT INTO meeting_room (id, office_id, name, active) VALUES (77, {office}, '相談室あおぞら', 1)"))
            .await;
        self.an_appointment(5001, mine, hours(9, 10), None).await;
        self.an_appointment(5002, mine, hours(11, 12), Some(&opened))
            .await;
        let visit = NewVisit {
            despite: None,
            compartment: opened.compartment,
            target: Target::FamilyAway,
            leave_at: at(14),
            return_at: at(16),
            wanted_by: WantedBy::ToSeeFamily,
            goals: vec![Goal::Family],
            words: visit::Words {
                place: "公園の東口".to_owned(),
                ..visit::Words::default()
            },
            staff: mine,
            buddy: Some(self.office.supervisor.staff),
        };
        self.casework
            .plan_visit(me, opened.case, &visit)
            .await
            .unwrap();
        let mut draft = a_place("ひだまり喫茶");
        draft.hosts = vec![mine];
        self.opened(me, &draft).await;
        let (from, _) = hours(17, 18);
        let (_, until) = hours(17, 48);
        self.set_down(&format!(
            "INSERT INTO away (id, office_id, staff_id, from_at, until_at) VALUES (9001, {office}, {mine}, {from}, {until})"
        ))
        .await;
        opened
    }
}

testkit::on_both_databases! {
    MIGRATIONS;

    /// What a colleague's telephone carries around names nobody.
    async fn a_private_feed_says_when_and_never_who(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.a_full_week(&me).await;
        let token = world.community.make_feed(&me).await.unwrap();
        let file = world.community.feed_file(&token, "ippo.example").await.unwrap();
        let mut words: Vec<&str> = file.lines().filter_map(|line| line.strip_prefix("SUMMARY:")).collect();
        words.sort_unstable();
        assert_eq!(words, ["不在", "居場所", "訪問", "面接", "面接"]);
        for secret in ["すみれ", "ひだまり", "相談室", "公園", "市民センター", "midori", "LOCATION", "DESCRIPTION", "5001", "5002", "9001"] {
            assert!(!file.contains(secret), "{secret}\n{file}");
        }
        // The same entry has the same name tomorrow: a telephone shows it once.
        let names = |file: &str| file.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect::<Vec<_>>();
        world.wait(24);
        assert_eq!(names(&world.community.feed_file(&token, "ippo.example").await.unwrap()), names(&file));
        // The supervisor's own: they go along on the visit.
        let lead = world.session(&world.office.supervisor).await;
        let theirs = world.community.make_feed(&lead).await.unwrap();
        let file = world.community.feed_file(&theirs, "ippo.example").await.unwrap();
        let words: Vec<&str> = file.lines().filter_map(|line| line.strip_prefix("SUMMARY:")).collect();
        assert_eq!(words, ["訪問"]);
        // An entry that was cancelled is gone.
        world.set_down("UPDATE appointment SET state = 'cancelled'").await;
        assert!(!world.community.feed_file(&token, "h").await.unwrap().contains("面接"));
    }

    async fn a_feed_lives_until_it_is_ended_or_its_owner_is_gone(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let token = world.community.make_feed(&me).await.unwrap();
        assert_eq!(token.len(), 64);
        let owner = world.community.feed_by_token(&token).await.unwrap().unwrap();
        assert_eq!((owner.staff, owner.office), (me.staff(), world.office.id));
        // The database alone gives no address.
        let kept = world.number_of("SELECT COUNT(*) FROM calendar_feed WHERE LENGTH(token_hash) = 32").await;
        assert_eq!(kept, 1);
        for wrong in ["", "x", &token.to_uppercase(), &token[..63], &"0".repeat(64), &format!("{}0", *token), "' OR 1=1 --"] {
            let upper_is_same = wrong == token.as_str();
            assert!(upper_is_same || world.community.feed_by_token(wrong).await.unwrap().is_none(), "{wrong}");
            assert!(upper_is_same || world.community.feed_file(wrong, "h").await.unwrap_err().is_not_found());
        }
        // Nobody ends another's; its owner does, at once.
        let lead = world.session(&world.office.supervisor).await;
        let feed = world.community.feeds(&me).await.unwrap()[0].id;
        assert!(world.community.end_feed(&lead, feed).await.unwrap_err().is_not_found());
        assert!(world.community.feeds(&lead).await.unwrap().is_empty());
        world.community.end_feed(&me, feed).await.unwrap();
        assert!(world.community.feed_by_token(&token).await.unwrap().is_none());
        assert!(world.community.end_feed(&me, feed).await.unwrap_err().is_not_found());
        // Three at most.
        for _ in 0..3 {
            world.community.make_feed(&me).await.unwrap();
        }
        assert!(matches!(world.community.make_feed(&me).await, Err(Error::Illegal(_))));
        assert_eq!(world.recorded("calendar_feed.made", "ok").await, 4);
        assert_eq!(world.recorded("calendar_feed.ended", "ok").await, 1);
        // An account that is switched off, or becomes a peer's, has no calendar.
        let token = world.community.make_feed(&lead).await.unwrap();
        let staff = lead.staff();
        world.set_down(&format!("UPDATE staff SET role = 'peer' WHERE id = {staff}")).await;
        assert!(world.community.feed_by_token(&token).await.unwrap().is_none());
        world.set_down(&format!("UPDATE staff SET role = 'supervisor' WHERE id = {staff}")).await;
        assert!(world.community.feed_by_token(&token).await.unwrap().is_some());
        world.set_down(&format!("UPDATE staff SET active = 0 WHERE id = {staff}")).await;
        assert!(world.community.feed_by_token(&token).await.unwrap().is_none());
    }

    async fn a_peer_makes_no_feed(db: TestDb) {
        let world = World::new(&db).await;
        let peer = world.office.another("hana", Role::Peer).await;
        let peer = world.session(&peer).await;
        assert!(world.community.make_feed(&peer).await.unwrap_err().is_not_found());
        assert!(world.community.feeds(&peer).await.unwrap_err().is_not_found());
        assert_eq!(world.recorded("place.see", "refused").await, 2);
    }

    /// The year's closing days come in from a file, and the Thursdays nobody booked make room.
    async fn closing_days_come_in(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let lead = world.session(&world.office.supervisor).await;
        let mut draft = a_place("木曜の居場所");
        draft.rule = Some(Rule {
            pattern: Pattern::Weekly { every: 1, on: vec![DayOfWeek::Thursday] },
            from: date(2026, 11, 26),
            until: None,
            count: None,
            starts: time(14, 0, 0, 0),
            minutes: 120,
            skip_holidays: true,
            skip_closing_days: true,
            left_out: Vec::new(),
            extra: Vec::new(),
        });
        let programme = world.community.add_programme(&me, &draft).await.unwrap();
        world.community.list_programme(&me, programme).await.unwrap();
        let planned = "SELECT COUNT(*) FROM gathering WHERE state = 'planned' AND day IN ('2026-12-03', '2026-12-10', '2026-12-24')";
        assert_eq!(world.number_of(planned).await, 3);
        // The first of the three is booked by somebody.
        let seq = world.number_of("SELECT seq FROM gathering WHERE day = '2026-12-03'").await;
        let token = Token::fresh();
        let booking = community::booking::NewBooking { seq, ..somebody(&token) };
        world.community.book(&booking).await.unwrap();
        world.an_appointment(5001, me.staff(), hours(9, 10), None).await;

        let text = "2026-12-03\n12/10\n12/24～25\n11/25\nそのうち\n";
        // Coordinators do not change the office.
        let refused = world.community.look_at_closing_days(&me, Source::Lines(text)).await;
        assert!(refused.unwrap_err().is_not_found());
        let looked = world.community.look_at_closing_days(&lead, Source::Lines(text)).await.unwrap();
        assert_eq!(looked.new.len(), 5);
        assert!(matches!(looked.lines[4].what, Line::NotUnderstood(_)) && !looked.too_many);
        let busy: Vec<(String, i64, i64)> =
            looked.busy.iter().map(|one| (one.day.to_string(), one.gatherings, one.appointments)).collect();
        assert_eq!(busy, [("2026-11-25".to_owned(), 0, 1), ("2026-12-03".to_owned(), 1, 0)]);
        // Looking changed nothing.
        assert_eq!(world.number_of("SELECT version FROM office").await, looked.version);
        assert_eq!(world.community.take_closing_days(&lead, looked.version, &looked.new).await.unwrap(), 5);
        // What somebody booked stands; the office decides about it. The others are gone.
        assert_eq!(world.number_of(planned).await, 1);
        // Twice is once; an old version does not overwrite.
        assert_eq!(world.community.take_closing_days(&lead, looked.version, &looked.new).await.unwrap(), 0);
        let one_more = [date(2027, 2, 1)];
        let stale = world.community.take_closing_days(&lead, looked.version, &one_more).await;
        assert!(matches!(stale, Err(Error::Meanwhile)));
        assert!(world.community.take_closing_days(&me, looked.version + 1, &one_more).await.unwrap_err().is_not_found());
        let again = world.community.look_at_closing_days(&lead, Source::Lines(text)).await.unwrap();
        assert!(again.new.is_empty() && again.lines[0].what == Line::Known);
        assert_eq!(world.recorded("office.change", "refused").await, 0);
        // More than an office may keep is refused as a whole.
        let many: Vec<jiff::civil::Date> = date(2027, 1, 1).series(jiff::Span::new().days(1)).take(400).collect();
        let refused = world.community.take_closing_days(&lead, again.version, &many).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }

    async fn the_week_on_one_page(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        let opened = world.a_full_week(&me).await;
        let before = world.number_of("SELECT COUNT(*) FROM audit_row").await;
        let week = world.community.week(&me, date(2026, 11, 29)).await.unwrap();
        // One row, whatever stands in the week.
        assert_eq!(world.number_of("SELECT COUNT(*) FROM audit_row").await, before + 1);
        assert_eq!(world.recorded("week.see", "ok").await, 1);
        assert_eq!(week.monday, date(2026, 11, 23));
        assert_eq!((week.days[0].holiday, week.days[0].closed), (Some("勤労感謝の日"), Some("勤労感謝の日")));
        let wednesday = &week.days[2];
        let seen: Vec<String> = wednesday
            .entries
            .iter()
            .map(|entry| {
                let what = match &entry.what {
                    What::Appointment { way, room, case, .. } => {
                        format!("{way} {} {}", room.as_deref().unwrap_or("-"), case.is_some())
                    }
                    What::Visit { case, out } => format!("訪問 {} {out}", case.is_some()),
                    What::Gathering { title, .. } => title.clone(),
                    What::Away => "不在".to_owned(),
                };
                format!("{}:00 {what} {}", entry.from.hour(), entry.staff.len())
            })
            .collect();
        assert_eq!(
            seen,
            ["9:00 来所 相談室あおぞら false 1", "11:00 来所 相談室あおぞら true 1", "14:00 訪問 true false 2", "17:00 不在 1"]
        );
        let thursday = &week.days[3];
        assert_eq!(thursday.day, self::thursday().day);
        assert!(matches!(&thursday.entries[1].what, What::Gathering { title, .. } if title == "ひだまり喫茶"));
        assert_eq!(thursday.entries[1].staff, [me.staff()]);
        // Away goes on over the night.
        assert_eq!((&thursday.entries[0].what, thursday.entries[0].from.hour()), (&What::Away, 0));
        assert_eq!(week.colleagues.len(), 2);

        // A colleague who does not work on the case sees the hour and not whose it is.
        let other = world.office.another("sora", Role::Coordinator).await;
        let other = world.session(&other).await;
        let week = world.community.week(&other, date(2026, 11, 25)).await.unwrap();
        let cases = week.days[2].entries.iter().filter(|entry| {
            matches!(
                &entry.what,
                What::Appointment { case: Some(_), .. } | What::Visit { case: Some(_), .. }
            )
        });
        assert_eq!((cases.count(), week.days[2].entries.len()), (0, 4));
        // The number is that of the case, for whoever reaches it.
        let lead = world.session(&world.office.supervisor).await;
        let week = world.community.week(&lead, date(2026, 11, 25)).await.unwrap();
        let seen = week.days[2].entries.iter().find_map(|entry| match entry.what {
            What::Visit { case, .. } => case,
            _ => None,
        });
        assert_eq!(seen.map(|(case, _)| case), Some(opened.case));
    }

    async fn the_week_is_the_offices_own(db: TestDb) {
        let world = World::new(&db).await;
        let me = world.coordinator().await;
        world.a_full_week(&me).await;
        let elsewhere = testkit::builders::a_staffed_office(&world.db, &world.clock, "akagi").await;
        let stranger = elsewhere.session(&elsewhere.coordinator).await;
        let week = world.community.week(&stranger, date(2026, 11, 25)).await.unwrap();
        assert!(week.days.iter().all(|day| day.entries.is_empty()));
        for who in [&world.office.administrator, &world.office.another("hana", Role::Peer).await] {
            let session = world.session(who).await;
            assert!(world.community.week(&session, date(2026, 11, 25)).await.unwrap_err().is_not_found());
        }
        assert_eq!(world.recorded("appointment.see", "refused").await, 2);
    }
}
