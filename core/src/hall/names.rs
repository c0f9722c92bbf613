//! The names of devices: friendly ones that are given, so that nobody can type a name for the whole class to read.

/// Animals in alphabetical order; as many as a prime number, so that every step through them visits all.
#[rustfmt::skip]
const ANIMALS: [&str; 127] = [
    "Ant", "Auk", "Badger", "Bat", "Bear", "Beaver", "Bee", "Beetle", "Bison", "Camel", "Cat",
    "Civet", "Conch", "Condor", "Coot", "Coyote", "Crab", "Crane", "Crow", "Curlew", "Deer",
    "Dingo", "Dove", "Duck", "Eagle", "Egret", "Eider", "Elk", "Emu", "Ermine", "Falcon", "Fawn",
    "Ferret", "Finch", "Fox", "Frog", "Gannet", "Gecko", "Gibbon", "Gnu", "Goose", "Gull", "Guppy",
    "Hare", "Hawk", "Heron", "Ibex", "Ibis", "Iguana", "Impala", "Jaguar", "Jay", "Kakapo", "Kea",
    "Kiwi", "Koala", "Kudu", "Lark", "Lemur", "Linnet", "Lion", "Lizard", "Llama", "Loon", "Lynx",
    "Macaw", "Magpie", "Marten", "Merlin", "Mole", "Moose", "Moth", "Mouse", "Myna", "Newt",
    "Ocelot", "Okapi", "Oriole", "Osprey", "Otter", "Owl", "Ox", "Oyster", "Panda", "Parrot",
    "Pigeon", "Pika", "Plover", "Pony", "Possum", "Puffin", "Puma", "Quail", "Quokka", "Rabbit",
    "Raven", "Robin", "Rook", "Salmon", "Seal", "Serval", "Skua", "Sloth", "Snail", "Snipe",
    "Squid", "Stork", "Swan", "Swift", "Tapir", "Tern", "Tiger", "Toad", "Toucan", "Trout",
    "Turtle", "Urchin", "Vicuna", "Vole", "Walrus", "Whale", "Wolf", "Wombat", "Wren", "Yak",
    "Zebra", "Zebu",
];

/// The step from one seat's animal to the next one's: neighbours begin with different letters, and no letter comes again
/// within ten seats.
const STEP: usize = 58;

/// The name of the device in the seat of this number, counted from 0. Each seat has another one: `Otter`, and once all
/// animals are taken, `Otter 2`.
pub fn device_name(seat: usize) -> String {
    let (round, place) = (seat / ANIMALS.len(), seat % ANIMALS.len());
    let animal = ANIMALS.get(place * STEP % ANIMALS.len()).copied().unwrap_or_default();
    if round == 0 { animal.to_owned() } else { [animal, " ", &round.saturating_add(1).to_string()].concat() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    // Fails with: two tiles of one name, and a student who looks at the wrong one.
    #[test]
    fn every_seat_has_a_name_of_its_own() {
        let names: HashSet<_> = (0..2_000).map(device_name).collect();
        assert_eq!(names.len(), 2_000);
        assert_eq!(device_name(0), "Ant");
        assert_eq!(device_name(126), "Mole");
        assert_eq!((device_name(127), device_name(254)), ("Ant 2".to_owned(), "Ant 3".to_owned()));
        assert!(!device_name(usize::MAX).is_empty());
    }

    #[test]
    fn names_are_one_short_word_each_in_alphabetical_order() {
        for name in ANIMALS {
            let mut letters = name.bytes();
            assert!((2..=6).contains(&name.len()), "{name}");
            assert!(letters.next().unwrap().is_ascii_uppercase(), "{name}");
            assert!(letters.all(|letter| letter.is_ascii_lowercase()), "{name}");
        }
        assert!(ANIMALS.is_sorted_by(|a, b| a < b));
    }

    // Fails with: Lark beside Lemur, Linnet and Lion on the projector.
    #[test]
    fn neighbours_do_not_begin_with_the_same_letter() {
        let letters: Vec<_> = (0..2_000).filter_map(|seat| device_name(seat).bytes().next()).collect();
        for near in letters.windows(11) {
            let [first, others @ ..] = near else { panic!("eleven") };
            assert!(!others.contains(first), "{near:?}");
        }
    }
}
