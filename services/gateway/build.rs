//! Lets the crate compile before the web folder is built.

use std::{fs, io};

fn main() -> io::Result<()> {
    let built = "../../web/dist";
    println!("cargo:rerun-if-changed={built}");
    fs::create_dir_all(built)
}
