//! `--accounts`: a list of account ids, or a file of them.

use std::collections::HashSet;
use std::fs;

/// Reads `ID,ID` or the name of a file with an id a line (or more, by comma); blank lines and what follows a
/// `#` are passed over. An id that is there twice counts once.
///
/// # Errors
///
/// There is no such file, no id, or something that is no id; in one line.
pub(crate) fn parse(given: &str) -> Result<Vec<String>, String> {
    let mut seen = HashSet::new();
    let mut accounts = Vec::new();
    let ids: Vec<&str> = given.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    if !ids.is_empty() && ids.iter().all(|id| is_account_id(id)) {
        accounts.extend(ids.into_iter().filter(|id| seen.insert(*id)).map(str::to_owned));
        return Ok(accounts);
    }
    let text = fs::read_to_string(given).map_err(|error| {
        format!("`--accounts` is `{given}`, expected account ids of twelve digits by comma, or a file of them: {error}")
    })?;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let ids = line.split('#').next().unwrap_or_default();
        for id in ids.split([',', ' ', '\t']).map(str::trim).filter(|id| !id.is_empty()) {
            if !is_account_id(id) {
                let number = number + 1;
                return Err(format!(
                    "line {number} of `{given}`: `{id}` is no account id, expected twelve digits"
                ));
            }
            if seen.insert(id) {
                accounts.push(id.to_owned());
            }
        }
    }
    if accounts.is_empty() {
        return Err(format!("`{given}` holds no account ids"));
    }
    Ok(accounts)
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn in_file(text: &str) -> Result<Vec<String>, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        parse(&path).map_err(|error| error.replace(&path, "FILE"))
    }

    #[test]
    fn ids_are_read_once_each() {
        let two = ["111122223333", "444455556666"];
        assert_eq!(parse("111122223333,444455556666").unwrap(), two);
        assert_eq!(parse("111122223333, 444455556666,111122223333,").unwrap(), two);
        assert_eq!(in_file("# ours\n111122223333\r\n\n444455556666 # theirs\n111122223333\n").unwrap(), two);
        assert_eq!(in_file("\u{feff}111122223333,444455556666").unwrap(), two);
    }

    #[test]
    fn what_is_no_id_is_an_error() {
        assert_eq!(
            in_file("111122223333\n44445555666\n").unwrap_err(),
            "line 2 of `FILE`: `44445555666` is no account id, expected twelve digits"
        );
        assert_eq!(in_file("# none\n").unwrap_err(), "`FILE` holds no account ids");
        for given in ["", "11112222333", "111122223333,x"] {
            let error = parse(given).unwrap_err();
            let expected = format!(
                "`--accounts` is `{given}`, expected account ids of twelve digits by comma, or a file of them: "
            );
            assert!(error.starts_with(&expected), "{error}");
        }
    }
}
