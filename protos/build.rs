//! Compiles the protos without a protoc binary and keeps the descriptor set, with comments and without.

use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

#[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where to write by a variable")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=crm");
    println!("cargo:rerun-if-changed=google");
    let mut files = Vec::new();
    collect(Path::new("crm"), &mut files)?;
    files.sort();
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for (name, has_comments) in [("descriptors.binpb", false), ("described.binpb", true)] {
        compiler.include_source_info(has_comments).open_files(&files)?;
        // The encoded form keeps the options that are extensions; the decoded one drops them.
        fs::write(out.join(name), compiler.encode_file_descriptor_set())?;
    }
    let mut config = prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .emit_rerun_if_changed(false)
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    Ok(())
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
