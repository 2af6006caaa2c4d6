use super::*;
use proptest::prelude::*;

fn figure(id: i64, gender: Gender) -> Figure {
    Figure {
        id: id.into(),
        words: vec![format!("人{id}")],
        gender,
        principal: id == 1,
        passed: id % 5 == 0,
        here: id % 2 == 1,
        generation: None,
    }
}

fn bond(a: i64, b: i64, kind: Kin, quality: Quality) -> Bond {
    Bond {
        a: a.into(),
        b: b.into(),
        kind,
        quality,
    }
}

fn people(count: i64) -> Vec<Figure> {
    (1..=count)
        .map(|id| {
            figure(
                id,
                Gender::ALL[usize::try_from(id).unwrap() % Gender::ALL.len()],
            )
        })
        .collect()
}

fn check(figures: &[Figure], bonds: &[Bond]) -> Genogram {
    let made = genogram(figures, bonds);
    let ids: Vec<PersonId> = made.cells.iter().map(|(id, _)| *id).collect();
    let wanted: Vec<PersonId> = figures.iter().map(|one| one.id).collect();
    assert_eq!(ids, wanted, "everybody once");
    let symbols = made.drawing.shapes.iter().filter(|shape| {
        matches!(
            shape,
            Shape::Rect {
                class: "person" | "person self",
                ..
            } | Shape::Circle {
                class: "person" | "person self",
                ..
            } | Shape::Path {
                class: "person" | "person self",
                ..
            }
        )
    });
    assert_eq!(symbols.count(), figures.len());
    for (at, (_, a)) in made.cells.iter().enumerate() {
        assert!(
            a[0] >= 0 && a[1] >= 0 && a[2] <= made.drawing.width && a[3] <= made.drawing.height
        );
        for (_, b) in &made.cells[at + 1..] {
            let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
            assert!(apart, "{a:?} {b:?}");
        }
    }
    assert_eq!(made.drawn, (0..bonds.len()).collect(), "every relation");
    made
}

fn y_of(made: &Genogram, id: i64) -> i32 {
    made.cells
        .iter()
        .find(|(one, _)| one.get() == id)
        .unwrap()
        .1[1]
}

fn x_of(made: &Genogram, id: i64) -> i32 {
    made.cells
        .iter()
        .find(|(one, _)| one.get() == id)
        .unwrap()
        .1[0]
}

#[test]
fn one_person_alone() {
    check(&people(1), &[]);
    assert!(genogram(&[], &[]).cells.is_empty());
}

#[test]
fn three_generations_stand_in_three_rows() {
    let bonds = [
        bond(4, 2, Kin::Parent, Quality::Plain),
        bond(5, 2, Kin::Parent, Quality::Conflict),
        bond(2, 3, Kin::Partner, Quality::Distant),
        bond(2, 1, Kin::Parent, Quality::Close),
        bond(3, 1, Kin::Parent, Quality::Conflict),
        bond(2, 6, Kin::Parent, Quality::Plain),
        bond(3, 6, Kin::Parent, Quality::Plain),
        bond(1, 6, Kin::Sibling, Quality::Cut),
    ];
    let made = check(&people(6), &bonds);
    assert!(y_of(&made, 4) < y_of(&made, 2) && y_of(&made, 2) < y_of(&made, 1));
    assert_eq!(
        (y_of(&made, 2), y_of(&made, 1)),
        (y_of(&made, 3), y_of(&made, 6))
    );
    let (low, high) = (
        x_of(&made, 2).min(x_of(&made, 3)),
        x_of(&made, 2).max(x_of(&made, 3)),
    );
    assert_eq!(high - low, layout::SLOT, "a couple stands side by side");
    let children = i32::midpoint(x_of(&made, 1), x_of(&made, 6));
    assert!((children - i32::midpoint(low, high)).abs() <= layout::SLOT / 2);
}

#[test]
fn who_married_twice_stands_in_the_middle() {
    let bonds = [
        bond(2, 3, Kin::Divorced, Quality::Cut),
        bond(2, 4, Kin::Partner, Quality::Plain),
        bond(2, 1, Kin::Parent, Quality::Plain),
        bond(3, 1, Kin::Parent, Quality::Plain),
        bond(2, 5, Kin::Parent, Quality::Plain),
        bond(4, 5, Kin::Parent, Quality::Plain),
    ];
    let made = check(&people(5), &bonds);
    let (father, one, two) = (x_of(&made, 2), x_of(&made, 3), x_of(&made, 4));
    assert!((one < father && father < two) || (two < father && father < one));
}

#[test]
fn unknown_relations_and_strangers_are_drawn_too() {
    let bonds = [
        bond(1, 2, Kin::Other, Quality::Close),
        bond(3, 4, Kin::Sibling, Quality::Plain),
    ];
    check(&people(7), &bonds);
}

#[test]
fn parents_who_are_each_others_child_still_stand_somewhere() {
    let bonds = [
        bond(1, 2, Kin::Parent, Quality::Plain),
        bond(2, 1, Kin::Parent, Quality::Plain),
        bond(1, 3, Kin::Partner, Quality::Plain),
        bond(3, 2, Kin::Sibling, Quality::Plain),
    ];
    check(&people(3), &bonds);
}

fn some_bond(count: i64) -> impl Strategy<Value = Bond> {
    (
        1..=count,
        1..=count,
        0..Kin::ALL.len(),
        0..Quality::ALL.len(),
    )
        .prop_filter("two people", |(a, b, _, _)| a != b)
        .prop_map(|(a, b, kind, quality)| bond(a, b, Kin::ALL[kind], Quality::ALL[quality]))
}

fn some_family() -> impl Strategy<Value = (i64, Vec<Bond>)> {
    (2..=12i64).prop_flat_map(|count| {
        (
            Just(count),
            proptest::collection::vec(some_bond(count), 0..16),
        )
    })
}

proptest! {
    /// Whatever is said of a household: nobody covers anybody, everybody is there once, nothing that was said is left out.
    #[test]
    fn any_household_can_be_drawn((count, bonds) in some_family()) {
        check(&people(count), &bonds);
    }
}
