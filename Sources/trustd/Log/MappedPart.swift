import Glibc

/// A part of a log, seen where the kernel holds it: half the time of reading it, most of which is copying.
///
/// For `--once` only. When somebody truncates the log meanwhile, the kernel ends us (SIGBUS): the next run goes on from the saved position,
/// and as nothing is saved before it is counted, the count stays exact. A daemon shall not depend on that.
struct MappedPart {
    let bytes: UnsafeRawBufferPointer
    private let base: UnsafeMutableRawPointer
    private let length: Int

    /// Seen at a time; it counts as our memory.
    static let size = 2 << 20
    private static let page = 4_096
    /// Less is copied as fast.
    private static let least = 65_536

    /// Nil when it cannot be mapped, or is not worth it.
    init?(_ file: LogFile, at offset: Int64) {
        guard file.gzip == nil, let size = try? file.size(), size - offset >= Int64(Self.least) else { return nil }
        let before = Int(offset) % Self.page
        length = min(Int(size - offset), Self.size) + before
        let mapped = mmap(nil, length, PROT_READ, MAP_SHARED | CInt(MAP_POPULATE), file.descriptor, off_t(offset) - off_t(before))
        guard let mapped, mapped != MAP_FAILED else { return nil }
        base = mapped
        bytes = UnsafeRawBufferPointer(start: mapped + before, count: length - before)
    }

    func unmap() { munmap(base, length) }
}
