//! The seats of a hall: who gets which, and what the broker lets each do.
//!
//! A seat is a user of the broker with a name and a password of its own. It may publish its own asks and hear what it is told,
//! and nothing else. The join code and the number of seats an address may take keep a hall from being filled by one person;
//! what a seat says is never believed because of who it is.

use std::fmt::Write;

use thiserror::Error;

use super::subjects::Subjects;

/// The most seats of a hall.
pub const MOST_SEATS: usize = 2_000;
/// The most bytes of a message to the broker: an entry of the log, and what stands around it.
const MAX_PAYLOAD_BYTES: usize = 128 * 1_024;
/// The most subjects that a connection listens to: the desk's are three.
const MAX_SUBSCRIPTIONS: usize = 8;
/// Connections beside those of seats: the desk's, the log's, and those that are just being replaced.
const OTHER_CONNECTIONS: usize = 64;

/// Why somebody gets no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum JoinError {
    /// The code is not that of the hall.
    #[error("this is not the code on the screen")]
    Code,
    /// The address has as many seats as one may have.
    #[error("{most} devices have joined from this address, and no more are let in")]
    Address {
        /// The most seats of an address.
        most: usize,
    },
    /// Every seat is taken.
    #[error("all {seats} places are taken")]
    Full {
        /// How many there are.
        seats: usize,
    },
    /// The seat that it had was taken from it.
    #[error("this device was excluded, because what it counted was wrong or it sent too much")]
    Banned,
}

/// A seat as its member needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its number, from 0.
    pub number: usize,
    /// Its name, which is its user's name at the broker and the last part of its subjects.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// What is known of one seat.
#[derive(Clone, Debug)]
struct Place {
    password: String,
    /// From which address it was taken; nobody has it otherwise.
    address: Option<String>,
    banned: bool,
}

/// All seats of a hall.
#[derive(Clone, Debug)]
pub struct Seats {
    places: Vec<Place>,
    code: String,
    /// The most seats of one address; none if addresses are not limited.
    most_per_address: Option<usize>,
}

impl Seats {
    /// One seat for each of `passwords` (at most [`MOST_SEATS`]), for devices that know `code`; at most `most_per_address` of them
    /// for one address, if that is limited.
    pub fn new(passwords: Vec<String>, code: String, most_per_address: Option<usize>) -> Self {
        let place = |password| Place { password, address: None, banned: false };
        Self { places: passwords.into_iter().take(MOST_SEATS).map(place).collect(), code, most_per_address }
    }

    /// The code to join by.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Gives a seat to a device at `address` that knows `code`; if the device comes back, the seat that it had, `before` (name
    /// and password).
    ///
    /// # Errors
    /// When there is no seat for it.
    pub fn join(
        &mut self,
        address: &str,
        code: &str,
        before: Option<(&str, &str)>,
    ) -> Result<Seat, JoinError> {
        if let Some(number) = before.and_then(|(name, password)| self.had(name, password)) {
            return if self.places[number].banned { Err(JoinError::Banned) } else { Ok(self.seat(number)) };
        }
        if code != self.code {
            return Err(JoinError::Code);
        }
        let taken_from = |place: &&Place| place.address.as_deref() == Some(address);
        if let Some(most) = self.most_per_address
            && self.places.iter().filter(taken_from).count() >= most
        {
            return Err(JoinError::Address { most });
        }
        let free = self.places.iter().position(|place| place.address.is_none() && !place.banned);
        let number = free.ok_or(JoinError::Full { seats: self.places.len() })?;
        self.places[number].address = Some(address.to_owned());
        Ok(self.seat(number))
    }

    /// Takes the seat of that name out for good: whether there was one that was not out.
    pub fn ban(&mut self, name: &str) -> bool {
        let place = number_of(name).and_then(|number| self.places.get_mut(number));
        place.is_some_and(|place| !std::mem::replace(&mut place.banned, true))
    }

    /// Whether this is the password of a seat that somebody has and that is not banned.
    pub fn is_of(&self, name: &str, password: &str) -> bool {
        self.had(name, password).is_some_and(|number| !self.places[number].banned)
    }

    /// The number of the seat of that name and password, if somebody has it or had it.
    fn had(&self, name: &str, password: &str) -> Option<usize> {
        let number = number_of(name)?;
        let place = self.places.get(number)?;
        (place.address.is_some() && place.password == password).then_some(number)
    }

    fn seat(&self, number: usize) -> Seat {
        Seat { number, name: name_of(number), password: self.places[number].password.clone() }
    }
}

fn name_of(number: usize) -> String {
    format!("s{number:03}")
}

/// The number of the seat of that name, from 0; none if it is no seat of a hall.
pub fn number_of(name: &str) -> Option<usize> {
    let number = name.strip_prefix('s')?.parse().ok()?;
    (name_of(number) == name).then_some(number)
}

/// How the broker of a hall is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerSetup {
    /// The port for native programs on this computer.
    pub port: u16,
    /// The port for the connections of browsers, which the hall passes on.
    pub web_socket_port: u16,
    /// The folder of the log.
    pub store: String,
    /// The password of the desk, by the user `desk`.
    pub desk_password: String,
    /// The password for the log, by the user `log`.
    pub log_password: String,
    /// The password of the screen, by the user `screen`.
    pub screen_password: String,
}

impl BrokerSetup {
    /// The configuration of nats-server: users for the log, the desk and the screen, and one for each seat
    /// that is not banned.
    pub fn configuration(&self, subjects: &Subjects, seats: &Seats) -> String {
        let mut text = format!(
            "listen: \"127.0.0.1:{}\"\n\
             websocket {{ listen: \"127.0.0.1:{}\", no_tls: true }}\n\
             jetstream {{ store_dir: {} }}\n\
             max_payload: {MAX_PAYLOAD_BYTES}\n\
             max_subscriptions: {MAX_SUBSCRIPTIONS}\n\
             max_connections: {}\n\
             authorization {{ users: [\n",
            self.port,
            self.web_socket_port,
            quoted(&self.store),
            seats.places.len() + OTHER_CONNECTIONS,
        );
        let log = [subjects.log(), "$JS.API.>".to_owned(), "$JS.ACK.>".to_owned()];
        user(&mut text, "log", &self.log_password, &log, &["_INBOX.>".to_owned()]);
        let desk = [subjects.tells(), subjects.show(), subjects.beat()];
        user(&mut text, "desk", &self.desk_password, &desk, &[subjects.asks(), subjects.beat()]);
        user(&mut text, "screen", &self.screen_password, &[], &[subjects.show()]);
        for (number, place) in seats.places.iter().enumerate().filter(|(_, place)| !place.banned) {
            let name = name_of(number);
            // A seat's name is one by construction.
            let (Ok(ask), Ok(tell)) = (subjects.ask(&name), subjects.tell(&name)) else { continue };
            user(&mut text, &name, &place.password, &[ask], &[tell, subjects.show()]);
        }
        text.push_str("] }\n");
        text
    }
}

/// Adds a user that may publish and hear these subjects and no others.
fn user(text: &mut String, name: &str, password: &str, publishes: &[String], hears: &[String]) {
    let list = |subjects: &[String]| {
        let quoted: Vec<String> = subjects.iter().map(|subject| quoted(subject)).collect();
        // An empty list would allow all.
        if quoted.is_empty() { "{ deny: \">\" }".to_owned() } else { format!("[{}]", quoted.join(", ")) }
    };
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "  {{ user: {name}, password: {}, permissions: {{ publish: {}, subscribe: {} }} }}",
        quoted(password),
        list(publishes),
        list(hears),
    );
}

/// `text` as nats-server reads it in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(count: usize, most_per_address: Option<usize>) -> Seats {
        Seats::new((0..count).map(|n| format!("secret-{n}")).collect(), "4719".to_owned(), most_per_address)
    }

    // Fails with: a seat given twice, one without the code, or more of them to one address than may have one.
    #[test]
    fn each_comer_gets_a_seat_of_its_own_by_the_code_and_an_address_gets_so_many() {
        let mut seats = seats(3, Some(2));
        assert_eq!(seats.join("10.0.0.1", "4718", None), Err(JoinError::Code));
        let first = seats.join("10.0.0.1", "4719", None).unwrap();
        let second = seats.join("10.0.0.1", "4719", None).unwrap();
        assert_eq!((first.number, second.number), (0, 1));
        assert_eq!((first.name.as_str(), first.password.as_str()), ("s000", "secret-0"));
        assert_eq!(seats.join("10.0.0.1", "4719", None), Err(JoinError::Address { most: 2 }));
        assert_eq!(seats.join("10.0.0.2", "4719", None).unwrap().number, 2);
        assert_eq!(seats.join("10.0.0.3", "4719", None), Err(JoinError::Full { seats: 3 }));
    }

    // Fails with: a phone that wakes up and takes a second seat, or takes somebody else's.
    #[test]
    fn who_comes_back_gets_its_seat_again_and_only_by_its_password() {
        let mut seats = seats(2, Some(1));
        let seat = seats.join("10.0.0.1", "4719", None).unwrap();
        let back = seats.join("10.0.9.9", "", Some((&seat.name, &seat.password)));
        assert_eq!(back, Ok(seat.clone()));
        assert_eq!(seats.join("10.0.0.2", "", Some((&seat.name, "secret-1"))), Err(JoinError::Code));
        assert_eq!(seats.join("10.0.0.2", "", Some(("s001", "secret-1"))), Err(JoinError::Code));
        for name in ["s1", "s0001", "s999", "desk", "", "s-01"] {
            assert_eq!(seats.join("10.0.0.2", "", Some((name, "secret-0"))), Err(JoinError::Code), "{name}");
        }
    }

    // Fails with: a banned device that comes back, by its seat or by another's.
    #[test]
    fn a_banned_seat_is_out_for_good() {
        let mut seats = seats(2, Some(1));
        let seat = seats.join("10.0.0.1", "4719", None).unwrap();
        assert!(seats.ban(&seat.name) && !seats.ban(&seat.name) && !seats.ban("s002"));
        let back = seats.join("10.0.0.1", "4719", Some((&seat.name, &seat.password)));
        assert_eq!(back, Err(JoinError::Banned));
        assert_eq!(seats.join("10.0.0.1", "4719", None), Err(JoinError::Address { most: 1 }));
        assert_eq!(seats.join("10.0.0.2", "4719", None).unwrap().number, 1);
    }

    // Fails with: a seat that may do more than ask and hear its own, a banned one that is let in, or a name that ends a string.
    #[test]
    fn the_configuration_lets_a_seat_do_its_own_and_nothing_else() {
        let mut seats = seats(2, None);
        seats.ban("s000");
        let setup = BrokerSetup {
            port: 4_222,
            web_socket_port: 4_223,
            store: "a \"folder\\".to_owned(),
            desk_password: "d".to_owned(),
            log_password: "l".to_owned(),
            screen_password: "s".to_owned(),
        };
        let text = setup.configuration(&Subjects::new("r").unwrap(), &seats);
        assert!(!text.contains("s000") && text.contains(r#"store_dir: "a \"folder\\""#), "{text}");
        let seat = text.lines().find(|line| line.contains("s001")).unwrap();
        assert!(
            seat.contains(r#"publish: ["dart.r.ask.s001"], subscribe: ["dart.r.tell.s001", "dart.r.show"]"#),
            "{seat}"
        );
        let desk = text.lines().find(|line| line.contains("user: desk")).unwrap();
        assert!(!desk.contains("log") && !desk.contains("$JS"), "{desk}");
    }
}
