//! One transfer by the driver b2-blocking.

use b2_blocking::Client;
use b2_proto::machine::upload::Continued;
use kill::Failure;
use kill::task::{Done, Task, Way};

fn main() -> Result<(), Failure> {
    let task = Task::read()?;
    transfer(&task)?.tell()
}

fn transfer(task: &Task) -> Result<Done, Failure> {
    let client = Client::builder()
        .credentials(&task.access.application_key_id, &task.access.application_key)
        .realm(&task.access.url)
        .lanes(task.lanes)
        .bandwidth_up(task.bandwidth_up)
        .build()?;
    let bucket = client.bucket(task.bucket.as_str())?;
    match task.way {
        Way::Up => {
            let upload = bucket.upload(&task.name, task.path.clone()).part_len(task.part_len);
            match upload.send()?.continued {
                Continued::File { bytes, .. } => Ok(Done { kept: bytes }),
                Continued::NotTried
                | Continued::NotAllowed
                | Continued::Nothing
                | Continued::Unfit(_) => Ok(Done { kept: 0 }),
            }
        }
        Way::Down => {
            let download = bucket.download(&task.name).lane_len_min(task.part_len);
            Ok(Done { kept: download.save_to(&task.path)?.kept_len })
        }
    }
}
