//! Credential reports as people have them: the CSV of AWS, what the AWS CLI prints around it, base64, UTF-16, and
//! folders of such files. Here: how one becomes the CSV that AWS generated. What the CSV says is read by `setupkey-rule`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// No file is larger: the report of 5,000 users, as many as an account can have by default, has 2 MiB.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The files of a folder that are read.
const ENDINGS: [&str; 5] = ["csv", "txt", "json", "b64", "base64"];

/// What the header of every report begins with.
const HEADER: &str = "user,arn,user_creation_time";

/// JSON around base64 around CSV, each once more at most.
const MAX_LAYERS: usize = 4;

/// A credential report.
#[derive(Debug)]
pub(crate) struct ReportFile {
    /// The name of the file.
    pub(crate) name: String,
    /// The CSV.
    pub(crate) csv: Vec<u8>,
    /// When AWS generated it, where the AWS CLI's answer says so.
    pub(crate) generated_time: Option<DateTime<Utc>>,
}

/// Reads files, folders and, for `-`, standard input.
///
/// # Errors
///
/// One of them cannot be read or is not a credential report; in one line.
pub(crate) fn read_all(paths: &[PathBuf]) -> Result<Vec<ReportFile>, String> {
    let mut reports = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            reports.push(read("standard input", io::stdin().lock())?);
        } else if path.is_dir() {
            let files = files_of(path)?;
            for file in files {
                reports.push(read_file(&file)?);
            }
        } else {
            reports.push(read_file(path)?);
        }
    }
    Ok(reports)
}

/// The reports of a folder, by name. Folders in it are not entered.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: io::Error| format!("cannot read the folder `{}`: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let endings = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
        return Err(format!("the folder `{}` has no credential report ({endings})", folder.display()));
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<ReportFile, String> {
    let name = path.display().to_string();
    let file = fs::File::open(path)
        .map_err(|error| format!("cannot read the credential report `{name}`: {error}"))?;
    read(&name, file)
}

fn read(name: &str, file: impl Read) -> Result<ReportFile, String> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read the credential report `{name}`: {error}"))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(format!("`{name}` is larger than {MAX_BYTES} bytes, which no credential report is"));
    }
    let (csv, generated_time) = decode(bytes).map_err(|error| format!("`{name}`: {error}"))?;
    Ok(ReportFile { name: name.to_owned(), csv, generated_time })
}

/// Turns what the file holds into the CSV that AWS generated.
///
/// # Errors
///
/// It is something else; says what, in one line.
fn decode(mut bytes: Vec<u8>) -> Result<Unwrapped, String> {
    let mut generated_time = None;
    for _ in 0..MAX_LAYERS {
        if let Some(what) = other_file(&bytes) {
            return Err(what.to_owned());
        }
        bytes = utf8(bytes)?;
        let Ok(text) = str::from_utf8(&bytes) else {
            return Err("not a credential report: neither UTF-8 nor UTF-16".to_owned());
        };
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with(HEADER) {
            return match empty_row(text) {
                Some(line) => Err(format!(
                    "line {line} has only empty cells: a spreadsheet program saved this file; use the file that AWS generated"
                )),
                None => Ok((bytes, generated_time)),
            };
        }
        let Some((content, time)) = unwrapped(text)? else {
            // the parser says what is wrong with it
            return Ok((bytes, generated_time));
        };
        generated_time = generated_time.or(time);
        bytes = content;
    }
    Err("not a credential report: too many layers of JSON and base64".to_owned())
}

/// What a file is that cannot be read, by how it begins.
fn other_file(bytes: &[u8]) -> Option<&'static str> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    let holds = |name: &[u8]| bytes.windows(name.len()).take(65_536).any(|window| window == name);
    if begins(b"PK\x03\x04") {
        return Some(if holds(b"[Content_Types].xml") || holds(b"xl/") {
            "a spreadsheet (.xlsx), expected CSV; use the file that AWS generated, or save the sheet as CSV (UTF-8)"
        } else {
            "a zip archive, expected CSV; extract it first"
        });
    }
    if begins(b"\xd0\xcf\x11\xe0") {
        return Some(
            "a spreadsheet (.xls), expected CSV; use the file that AWS generated, or save the sheet as CSV",
        );
    }
    if begins(b"\x1f\x8b") {
        return Some("a gzip archive, expected CSV; decompress it first");
    }
    begins(b"%PDF").then_some("a PDF, expected CSV")
}

/// UTF-16, as PowerShell's `>` writes it, becomes UTF-8; without a mark, ASCII in it shows by its zeros.
fn utf8(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let is_little = match bytes.get(..2) {
        Some([0xff, 0xfe]) => true,
        Some([0xfe, 0xff]) => false,
        Some([first, 0]) if *first != 0 => true,
        Some([0, second]) if *second != 0 => false,
        _ => return Ok(bytes),
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("cut UTF-16: an odd number of bytes".to_owned());
    }
    let unit = if is_little { u16::from_le_bytes } else { u16::from_be_bytes };
    let text: Result<String, _> = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.map(String::into_bytes).map_err(|_| "invalid UTF-16".to_owned())
}

/// The answer of GetCredentialReport as the AWS CLI prints it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    content: Option<String>,
    generated_time: Option<String>,
    state: Option<String>,
}

/// What was in a layer, and when AWS generated the report, where the layer says so.
type Unwrapped = (Vec<u8>, Option<DateTime<Utc>>);

/// Takes off one layer: JSON, YAML or text of the AWS CLI, a JSON string, or base64. `None` if there is none.
fn unwrapped(text: &str) -> Result<Option<Unwrapped>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.starts_with('{') {
        let answer: Answer = serde_json::from_str(text)
            .map_err(|error| format!("not the JSON of `aws iam get-credential-report`: {error}"))?;
        return match answer {
            Answer { content: Some(content), generated_time, .. } => {
                Ok(Some((content.into_bytes(), generated_time.as_deref().and_then(time))))
            }
            Answer { state: Some(_), .. } => {
                Err("the answer of `aws iam generate-credential-report`; the report comes from `aws iam \
                 get-credential-report`"
                    .to_owned())
            }
            _ => {
                Err("JSON without `Content`, expected the answer of `aws iam get-credential-report`"
                    .to_owned())
            }
        };
    }
    if text.starts_with('"') {
        let content = serde_json::from_str::<String>(text).ok();
        if let Some(content) = content.filter(|content| is_base64(content)) {
            return Ok(Some((content.into_bytes(), None)));
        }
    }
    if let Some(yaml) = text.strip_prefix("Content: ") {
        let content = yaml.lines().next().unwrap_or_default().trim_matches(['\'', '"', ' ']);
        let generated = yaml.lines().find_map(|line| line.strip_prefix("GeneratedTime: "));
        let generated = generated.and_then(|text| time(text.trim_matches(['\'', '"', ' '])));
        return Ok(Some((content.as_bytes().to_vec(), generated)));
    }
    // `--output text`: Content, GeneratedTime, ReportFormat
    let mut columns = text.trim_end().split('\t');
    if let (Some(content), Some(generated), Some("text/csv"), None) =
        (columns.next(), columns.next(), columns.next(), columns.next())
        && is_base64(content)
    {
        return Ok(Some((content.as_bytes().to_vec(), time(generated))));
    }
    if is_base64(text) {
        let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        return match STANDARD.decode(packed) {
            Ok(content) => Ok(Some((content, None))),
            Err(error) => Err(format!("base64 that is cut or damaged: {error}")),
        };
    }
    spreadsheet(text).map_or(Ok(None), Err)
}

/// Whether the text is base64, wrapped or not: a CSV has commas.
fn is_base64(text: &str) -> bool {
    let accepted = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\r\n ".contains(&byte);
    // "user,", after a mark or not
    (text.starts_with("dXNlc") || text.starts_with("77u/dXNlc")) && text.bytes().all(accepted)
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// What a spreadsheet program did to a report.
fn spreadsheet(text: &str) -> Option<String> {
    let first = text.lines().next().unwrap_or_default();
    for (separator, name) in [(';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars")] {
        let columns: Vec<&str> = first.split(separator).map(|cell| cell.trim_matches('"')).collect();
        if columns.starts_with(&["user", "arn", "user_creation_time"]) {
            return Some(format!(
                "the columns are separated by {name}, expected commas: a spreadsheet program saved this file; use \
                 the file that AWS generated"
            ));
        }
    }
    let header = text.lines().take(50).position(|line| line.starts_with(HEADER))?;
    Some(format!("the header is in line {}, expected in line 1: delete the lines above it", header + 1))
}

/// The number of the first row that has only empty cells.
fn empty_row(text: &str) -> Option<usize> {
    let is_empty =
        |line: &str| !line.is_empty() && line.bytes().all(|byte| matches!(byte, b',' | b' ' | b'\r'));
    text.lines().position(is_empty).map(|place| place + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "user,arn,user_creation_time,password_enabled\n<root_account>,arn:aws:iam::111122223333:root,\
                       2014-05-21T23:55:38+00:00,not_supported\n";

    fn utf16(text: &str, mark: &[u8], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(unit)).collect()
    }

    #[test]
    fn every_form_of_a_report_becomes_its_csv() {
        let base64 = STANDARD.encode(CSV);
        let wrapped: Vec<String> =
            base64.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let json = format!(
            r#"{{"Content": "{base64}", "ReportFormat": "text/csv", "GeneratedTime": "2026-11-25T10:00:00+00:00"}}"#
        );
        let yaml = format!(
            "Content: {base64}\nGeneratedTime: '2026-11-25T10:00:00+00:00'\nReportFormat: text/csv\n"
        );
        let text = format!("{base64}\t2026-11-25T10:00:00+00:00\ttext/csv\n");
        for (what, bytes, has_time) in [
            ("CSV", CSV.as_bytes().to_vec(), false),
            ("a mark", format!("\u{feff}{CSV}").into_bytes(), false),
            ("UTF-16, little", utf16(CSV, b"\xff\xfe", u16::to_le_bytes), false),
            ("UTF-16, big", utf16(CSV, b"\xfe\xff", u16::to_be_bytes), false),
            ("UTF-16, no mark", utf16(CSV, b"", u16::to_le_bytes), false),
            ("base64", format!("{base64}\n").into_bytes(), false),
            ("wrapped base64", wrapped.join("\r\n").into_bytes(), false),
            ("a JSON string", format!("\"{base64}\"\n").into_bytes(), false),
            ("JSON", json.clone().into_bytes(), true),
            ("JSON in UTF-16", utf16(&json, b"\xff\xfe", u16::to_le_bytes), true),
            ("text", text.into_bytes(), true),
            ("YAML", yaml.into_bytes(), true),
        ] {
            let (csv, generated) = decode(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(String::from_utf8(csv).unwrap().trim_start_matches('\u{feff}'), CSV, "{what}");
            assert_eq!(generated.is_some(), has_time, "{what}");
        }
    }

    #[test]
    fn other_files_are_named_in_one_line() {
        let csv = |text: &str| text.as_bytes().to_vec();
        for (bytes, expected) in [
            (b"PK\x03\x04....[Content_Types].xml".to_vec(), "a spreadsheet (.xlsx)"),
            (b"PK\x03\x04....report.csv".to_vec(), "a zip archive"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), "a spreadsheet (.xls)"),
            (b"\x1f\x8b\x08".to_vec(), "a gzip archive"),
            (b"%PDF-1.7".to_vec(), "a PDF"),
            (csv("user;arn;user_creation_time\n"), "the columns are separated by semicolons"),
            (csv("user\tarn\tuser_creation_time\n"), "the columns are separated by tabs"),
            (csv("Report of May,,\nuser,arn,user_creation_time\n"), "the header is in line 2"),
            (csv(&format!("{CSV},,,\n")), "line 3 has only empty cells"),
            (csv(r#"{"State": "COMPLETE"}"#), "the answer of `aws iam generate-credential-report`"),
            (csv(r#"{"Users": []}"#), "JSON without `Content`"),
            (csv("{\"Content\": \"dX"), "not the JSON of `aws iam get-credential-report`"),
            (csv("dXNlcixhcm4sdXNlcl9\n"), "base64 that is cut or damaged"),
            (b"\xff\xfeu".to_vec(), "cut UTF-16"),
            (b"\xe9\xe8\xe7".to_vec(), "not a credential report: neither UTF-8 nor UTF-16"),
        ] {
            let error = decode(bytes).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn layers_come_to_an_end() {
        let mut text = CSV.to_owned();
        for _ in 0..=MAX_LAYERS {
            text = serde_json::json!({ "Content": text }).to_string();
        }
        assert_eq!(
            decode(text.into_bytes()).unwrap_err(),
            "not a credential report: too many layers of JSON and base64"
        );
    }
}
