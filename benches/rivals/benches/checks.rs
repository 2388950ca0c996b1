//! The cases under criterion, a group for each kind of work: for a look at one of them. The tables come from `turns`.
#![allow(missing_docs)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mailproof_rivals::cases;
use std::time::Duration;

fn all(criterion: &mut Criterion) {
    for case in cases() {
        let mut group = criterion.benchmark_group(case.group);
        if case.octets > 0 {
            group.throughput(Throughput::Bytes(case.octets as u64));
        }
        if case.octets > 1 << 20 || case.group == "hostile" {
            group.sample_size(10);
        }
        for side in &case.sides {
            group.bench_function(BenchmarkId::new(&case.name, side.name), |bencher| bencher.iter(&side.work));
        }
        group.finish();
    }
}

criterion_group! {
    name = checks;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = all
}
criterion_main!(checks);
