//! The keys that sessions are encrypted with: which, and what weakens them. Never a key itself.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Diagnosis, EncryptionFound};
use crate::config::{Encryption, Source};
use crate::encryption::{KeySource, Keyring, MOST_ENCRYPTIONS};

/// From this part of the encryptions that one key may do, it is time for another: other machines have theirs.
const TIME_FOR_ANOTHER: u64 = MOST_ENCRYPTIONS / 16;

/// What is known of the keys.
#[derive(Debug)]
pub struct Keys<'a> {
    /// As the settings say it.
    pub encryption: &'a Encryption,
    /// Who has set them.
    pub source: Source,
    /// Those that sessions use, also where they were read from a file.
    pub in_use: Option<&'a Keyring>,
    /// How many sessions were encrypted here.
    pub encryptions: u64,
}

/// Looks at the keys.
pub fn look(found: &mut Diagnosis, keys: &Keys<'_>) {
    let given = match &keys.encryption.keys {
        KeySource::Ring(given) => Some(&**given),
        KeySource::File(_) | KeySource::None => keys.in_use,
    };
    let Some(given) = given else {
        return;
    };
    found.encryption = Some(EncryptionFound {
        keys: given.keys().map(|key| key.id().to_owned()).collect(),
        required: keys.encryption.required,
    });
    let place = match &keys.encryption.keys {
        KeySource::File(path) => is_open_to_all(path).then(|| {
            format!("every user of this machine can read {}, which holds keys: chmod 0400", path.display())
        }),
        _ => (keys.source == Source::Ini).then(|| {
            "every script can read dynamosess.encryption_keys by ini_get(): put the keys into a file, and set file: and \
             its path"
                .to_owned()
        }),
    };
    let typed = given.keys().filter(|key| key.is_text()).map(|key| {
        format!("key '{}' is typed text and not random bytes: make a key by openssl rand -base64 32", key.id())
    });
    let worn = (keys.encryptions >= TIME_FOR_ANOTHER).then(|| {
        format!(
            "{} sessions were encrypted here since PHP's start; with one key it may be {MOST_ENCRYPTIONS} on all machines \
             together, since nonces are random and have 96 bits: put a new key in front of '{}'",
            keys.encryptions,
            given.first().id()
        )
    });
    let lenient = (!keys.encryption.required).then(|| {
        "sessions that are not encrypted are read too, so that one who can write to the table can put some there: set \
         dynamosess.encryption to required when all are encrypted"
            .to_owned()
    });
    found.notes.extend(place.into_iter().chain(typed).chain(worn).chain(lenient));
}

/// Nobody knows of a file that cannot be looked at.
fn is_open_to_all(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const A: &str =
        "2026b:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,2026a:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

    fn found(list: &str, required: bool, source: Source, encryptions: u64) -> Diagnosis {
        let encryption = Encryption { keys: KeySource::Ring(Arc::new(Keyring::parse(list).unwrap())), required };
        let mut found = Diagnosis::default();
        look(&mut found, &Keys { encryption: &encryption, source, in_use: None, encryptions });
        found
    }

    #[test]
    fn keys_are_told_by_their_ids_and_good_ones_get_no_note() {
        let found = found(&A[..50], true, Source::Environment, TIME_FOR_ANOTHER - 1);
        assert_eq!(found.encryption, Some(EncryptionFound { keys: vec!["2026b".to_owned()], required: true }));
        assert_eq!(found.notes, Vec::<String>::new());
    }

    #[test]
    fn what_weakens_them_is_noted() {
        let notes = found(A, false, Source::Ini, TIME_FOR_ANOTHER).notes.join("\n");
        for said in [
            "can read dynamosess.encryption_keys by ini_get()",
            "key '2026a' is typed text",
            "it may be 4294967296 on all machines",
            "in front of '2026b'",
            "set dynamosess.encryption to required",
        ] {
            assert!(notes.contains(said), "{said} is not in: {notes}");
        }
    }

    #[test]
    fn a_file_that_all_can_read_is_noted() {
        let path = std::env::temp_dir().join(format!("dynamosess-keys-{}", std::process::id()));
        std::fs::write(&path, A).unwrap();
        let encryption = Encryption { keys: KeySource::File(path.clone()), required: true };
        let in_use = Keyring::parse(&A[..50]).unwrap();
        for (mode, noted) in [(0o644, true), (0o640, false), (0o400, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let mut found = Diagnosis::default();
            let keys = Keys { encryption: &encryption, source: Source::Ini, in_use: Some(&in_use), encryptions: 0 };
            look(&mut found, &keys);
            assert_eq!(found.notes.len(), usize::from(noted), "{mode:o} {:?}", found.notes);
        }
        std::fs::remove_file(&path).unwrap();
    }
}
