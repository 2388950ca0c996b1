//! A peer that is a program: lines in, lines out.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

/// What is written for a case in which the program died.
pub const CRASH: &str = "crash";
/// What is written for a case that took longer than ten seconds.
pub const HANG: &str = "hang";

const SIGALRM: i32 = 14;

/// The answers of a program to all lines, in order. One that dies is started again behind the line it died of.
pub fn answers(command: &[String], lines: &Arc<Vec<Vec<u8>>>) -> Result<Vec<String>, String> {
    let mut answers = Vec::with_capacity(lines.len());
    while answers.len() < lines.len() {
        let before = answers.len();
        let mut child = start(command)?;
        let mut input = child.stdin.take().ok_or("no input")?;
        let output = child.stdout.take().ok_or("no output")?;
        let (all, first) = (Arc::clone(lines), answers.len());
        // A program that died leaves a broken pipe, which is told by its silence.
        let writer = std::thread::spawn(move || {
            let mut batch = Vec::new();
            for line in &all[first..] {
                batch.extend_from_slice(line);
                if batch.len() > 1 << 16 {
                    if input.write_all(&batch).is_err() {
                        return;
                    }
                    batch.clear();
                }
            }
            let _ = input.write_all(&batch);
        });
        for answer in BufReader::new(output).lines() {
            answers.push(answer.map_err(|why| why.to_string())?);
        }
        let status = child.wait().map_err(|why| why.to_string())?;
        let _ = writer.join();
        if answers.len() < lines.len() {
            if answers.len() == before && status.signal().is_none() {
                return Err(format!("{command:?} ended at once: {status}"));
            }
            answers.push(if status.signal() == Some(SIGALRM) { HANG } else { CRASH }.into());
        }
    }
    Ok(answers)
}

fn start(command: &[String]) -> Result<Child, String> {
    Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| format!("{command:?}: {why}"))
}
