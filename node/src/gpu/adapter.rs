//! A GPU and its driver: [`Gpu`] is an executor as [`dartboard_points::gpu`] describes it. It submits each dispatch
//! separately, and waits for the result of a chunk's last one.

use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dartboard_points::gpu::{
    ENTRY_POINT, JOB_BYTES, Job, SHADER, Slice, cells, counts_bytes, state_bytes, workgroups,
};
use thiserror::Error;

/// How long it waits for a chunk, which is planned to take some hundredths of a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a GPU does not count, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum GpuError {
    /// There is none, or none that its driver offers.
    #[error(
        "no GPU was found: {0}. Its driver may be missing (on Linux, one for Vulkan); without --gpu all cores count"
    )]
    NoAdapter(String),
    /// It is a program.
    #[error(
        "the only GPU here ({0}) is a program on the processor, and slower than the processor itself: leave --gpu out, \
         or add --gpu-software to try it"
    )]
    Software(String),
    /// It does not do as it is told.
    #[error("the GPU {name} cannot be used: {reason}")]
    Unusable {
        /// The GPU's name.
        name: String,
        /// What its driver says.
        reason: String,
    },
    /// It says nothing.
    #[error("the GPU {name} has not answered for {} seconds", PATIENCE.as_secs())]
    Silent {
        /// The GPU's name.
        name: String,
    },
}

/// A GPU that is ready to count.
#[derive(Debug)]
pub(crate) struct Gpu {
    name: String,
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    cells: wgpu::Buffer,
    /// Bytes of the largest storage buffer.
    largest_buffer: u64,
    /// What its driver has said went wrong, the first thing only.
    trouble: Arc<Mutex<Option<String>>>,
    free: Vec<Buffers>,
}

/// What a chunk needs.
#[derive(Debug)]
struct Buffers {
    /// How many blocks there is room for.
    blocks: u32,
    job: wgpu::Buffer,
    counts: wgpu::Buffer,
    read: wgpu::Buffer,
    group: wgpu::BindGroup,
}

/// A chunk that the GPU counts.
#[derive(Debug)]
pub(crate) struct Flight {
    buffers: Buffers,
    blocks: u32,
    submission: wgpu::SubmissionIndex,
    mapped: Receiver<Result<(), wgpu::BufferAsyncError>>,
}

/// Values for constants of the program, by name.
pub(crate) type Constants<'a> = &'a [(&'a str, f64)];

impl Gpu {
    /// The fastest GPU here; with `software`, also one that is a program on the processor.
    pub(crate) fn open(software: bool) -> Result<Self, GpuError> {
        Self::with(software, SHADER, ENTRY_POINT, &[])
    }

    pub(super) fn with(
        software: bool,
        source: &str,
        entry_point: &str,
        constants: Constants<'_>,
    ) -> Result<Self, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let wanted = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = ready(instance.request_adapter(&wanted))
            .map_err(|error| GpuError::NoAdapter(error.to_string()))?;
        let info = adapter.get_info();
        if info.device_type == wgpu::DeviceType::Cpu && !software {
            return Err(GpuError::Software(info.name));
        }
        let name = info.name;
        let unusable = |reason: String| GpuError::Unusable { name: name.clone(), reason };
        let (device, queue) = ready(adapter.request_device(&wgpu::DeviceDescriptor::default()))
            .map_err(|error| unusable(error.to_string()))?;
        let trouble = listen(&device);
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: None,
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: None,
            layout: None,
            module: &module,
            entry_point: Some(entry_point),
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            cache: None,
        });
        let table = cells();
        let cells = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: table.len() as u64,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&cells, 0, &table);
        let limits = device.limits();
        let largest_buffer = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size);
        let free = Vec::new();
        let gpu = Self { name, device, queue, pipeline, cells, largest_buffer, trouble, free };
        gpu.check_trouble()?;
        Ok(gpu)
    }

    /// What its driver calls it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of the largest storage buffer that it can have.
    pub(crate) fn largest_buffer(&self) -> u64 {
        self.largest_buffer
    }

    /// Lets it count blocks, `job`'s slice replaced by each of `slices` in turn.
    pub(crate) fn submit(
        &mut self,
        job: Job,
        slices: impl Iterator<Item = Slice>,
    ) -> Result<Flight, GpuError> {
        let blocks = job.blocks;
        let fits = self.free.iter().position(|buffers| buffers.blocks >= blocks);
        let buffers = match fits {
            Some(index) => self.free.swap_remove(index),
            None => self.buffers(blocks),
        };
        let mut submission = None;
        for slice in slices {
            self.queue.write_buffer(&buffers.job, 0, &Job { slice, ..job }.bytes());
            let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &buffers.group, &[]);
            pass.dispatch_workgroups(workgroups(blocks), 1, 1);
            drop(pass);
            if slice.is_last() {
                encoder.copy_buffer_to_buffer(&buffers.counts, 0, &buffers.read, 0, counts_bytes(blocks));
            }
            submission = Some(self.queue.submit([encoder.finish()]));
        }
        let (tell, mapped) = sync_channel(1);
        buffers.read.map_async(wgpu::MapMode::Read, ..counts_bytes(blocks), move |result| {
            // Whoever waited may be gone.
            drop(tell.send(result));
        });
        self.check_trouble()?;
        let submission = submission.ok_or_else(|| self.unusable("nothing was asked of it".to_owned()))?;
        Ok(Flight { buffers, blocks, submission, mapped })
    }

    /// Waits for a chunk: its counts, one for each block.
    pub(crate) fn finish(&mut self, flight: Flight) -> Result<Vec<u32>, GpuError> {
        let Flight { buffers, blocks, submission, mapped } = flight;
        let wait = wgpu::PollType::Wait { submission_index: Some(submission), timeout: Some(PATIENCE) };
        match self.device.poll(wait) {
            Ok(_) => {}
            Err(wgpu::PollError::Timeout) => return Err(GpuError::Silent { name: self.name.clone() }),
            Err(error) => return Err(self.unusable(error.to_string())),
        }
        self.check_trouble()?;
        match mapped.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.unusable(error.to_string())),
            Err(error) => return Err(self.unusable(error.to_string())),
        }
        let view = buffers.read.get_mapped_range(..counts_bytes(blocks));
        let view = view.map_err(|error| self.unusable(error.to_string()))?;
        let counts = view.as_chunks().0.iter().map(|&bytes| u32::from_le_bytes(bytes)).collect();
        drop(view);
        buffers.read.unmap();
        self.free.push(buffers);
        Ok(counts)
    }

    fn buffers(&self, blocks: u32) -> Buffers {
        use wgpu::BufferUsages as Usages;
        let buffer = |size, usage| {
            let descriptor = wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
            self.device.create_buffer(&descriptor)
        };
        let job = buffer(JOB_BYTES as u64, Usages::UNIFORM | Usages::COPY_DST);
        let state = buffer(state_bytes(blocks), Usages::STORAGE);
        let counts = buffer(counts_bytes(blocks), Usages::STORAGE | Usages::COPY_SRC);
        let read = buffer(counts_bytes(blocks), Usages::MAP_READ | Usages::COPY_DST);
        let entries: Vec<_> = (0..)
            .zip([&job, &self.cells, &state, &counts])
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        Buffers { blocks, job, counts, read, group }
    }

    fn unusable(&self, reason: String) -> GpuError {
        GpuError::Unusable { name: self.name.clone(), reason }
    }

    fn check_trouble(&self) -> Result<(), GpuError> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        trouble.map_or(Ok(()), |reason| Err(self.unusable(reason)))
    }
}

/// Where what goes wrong on a device is noted from now on.
fn listen(device: &wgpu::Device) -> Arc<Mutex<Option<String>>> {
    let trouble = Arc::new(Mutex::new(None));
    let note = |trouble: &Arc<Mutex<Option<String>>>| {
        let trouble = Arc::clone(trouble);
        move |text: String| {
            trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(text);
        }
    };
    let (note_error, note_loss) = (note(&trouble), note(&trouble));
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note_error(error.to_string())));
    device.set_device_lost_callback(move |reason, text| {
        if reason != wgpu::DeviceLostReason::Destroyed {
            note_loss(format!("it was lost: {text}"));
        }
    });
    trouble
}

/// What a future of wgpu's comes to, which natively is there at once.
fn ready<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::yield_now();
    }
}

#[cfg(test)]
pub(crate) mod tests;
