//! Packs data, and unpacks them up to a limit.

use std::io::Read;

use super::{Format, envelope};
use crate::config::Compression;
use crate::error::MAX_UNPACKED;

/// The level that packs serialized PHP well for the least time; `docs/performance.md` has the measurement.
const ZSTD_LEVEL: i32 = 1;

/// The data as a zstd frame, if that is wanted and shorter in its envelope.
pub fn pack(data: &[u8], format: &Format) -> Option<Vec<u8>> {
    if format.compression == Compression::None || data.len() < format.threshold {
        return None;
    }
    let packed = zstd::bulk::compress(data, ZSTD_LEVEL).ok()?;
    (envelope::HEAD_BYTES + packed.len() < data.len()).then_some(packed)
}

/// The data in a zstd frame.
pub fn unpack(frame: &[u8]) -> Result<Vec<u8>, String> {
    let broken = |_| "its zstd frame is broken".to_owned();
    let decoder = zstd::stream::read::Decoder::with_buffer(frame).map_err(broken)?;
    let mut unpacked = Vec::with_capacity(frame.len().saturating_mul(4).min(MAX_UNPACKED));
    let limit = MAX_UNPACKED as u64 + 1;
    decoder.take(limit).read_to_end(&mut unpacked).map_err(broken)?;
    if unpacked.len() > MAX_UNPACKED {
        return Err("it unpacks to more than 16 MB".to_owned());
    }
    Ok(unpacked)
}
