import TrustCore

/// The file that is being read: what is open, how far it was read, and the bytes by which it is recognized.
struct OpenLog {
    let file: LogFile
    var position: LogPosition
    private(set) var marks: FileMarks
    private var mapping: MappedLog?

    init(_ file: LogFile, at position: LogPosition, marks: FileMarks) {
        self.file = file
        self.position = position
        self.marks = marks
    }

    /// At the beginning of a file that was not read before, behind what was read of another one.
    init(beginning file: LogFile, at position: LogPosition) throws(SystemError) {
        self.init(file, at: position, marks: try file.marks(at: 0))
    }

    /// Whether nothing is known of the file yet, because it was empty.
    var isBlank: Bool { marks.head.isEmpty }

    /// Learns how the file begins.
    mutating func learnBeginning() throws(SystemError) { marks.head = try file.marks(at: 0).head }

    /// How many bytes of the file are mapped behind these.
    func mapped(behind bytes: UnsafeRawBufferPointer) -> Int { mapping?.count(behind: bytes) ?? 0 }

    /// Gives back the memory into which the file is mapped.
    mutating func unmap() { mapping = nil }

    /// Whether the file, of `size` bytes, still holds what was read of it.
    mutating func isUnchanged(size: Int64) throws(SystemError) -> Bool {
        // A file that gzip made does not change, and one that is shorter need not be compared.
        guard file.gzip == nil else { return true }
        guard try isAsItBegan() else { return false }
        guard size >= position.offset else { return true }
        let count = marks.tail.count
        return try file.bytes(at: position.offset - Int64(count), count: count) == marks.tail
    }

    /// Whether a file whose known beginning is not all read yet still begins so: copytruncate may have emptied it while its position was
    /// saved.
    private mutating func isAsItBegan() throws(SystemError) -> Bool {
        guard position.offset == 0 || position.offset < marks.head.count else { return true }
        let beginning = try file.bytes(at: 0, count: marks.head.count)
        if position.offset == 0 { return beginning == marks.head }
        let read = marks.head.prefix(Int(position.offset))
        guard beginning.starts(with: read) else { return false }
        // Half a line has become another one: how the file goes on is then unknown.
        if !marks.head.starts(with: beginning) { marks.head = Array(read) }
        return true
    }

    /// What a step of reading brought.
    enum Chunk {
        /// Whole lines, the first of which begins at the sequence number. They are valid until the next step.
        case lines(UnsafeRawBufferPointer, begin: UInt64)
        /// The end of a line that was too long to be kept, and its length.
        case endOfLongLine(length: Int64)
        /// Nothing to hand out yet.
        case nothing
        /// The end of the file.
        case end
    }

    /// Reads what follows, at most one chunk: into `buffer`, or, with `mapped`, where the kernel holds it if that is worth it.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer, mapped isMapped: Bool) throws(SystemError) -> Chunk {
        let isSkipping = position.isSkipping
        let start = isSkipping ? position.examined : position.offset
        let mapped = isMapped ? mappedBytes(from: start) : nil
        let count = if let mapped { mapped.count } else { try file.read(at: start, into: buffer) }
        guard count > 0 else { return .end }
        let bytes = mapped ?? UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if isSkipping { return try skip(bytes, from: start) }
        // The bytes are compared, and not the file, which copytruncate may have emptied since: a copy is later searched for by the beginning
        // that was read, and only by that it is found.
        guard marks.meet(bytes, at: start) else {
            mapping = nil
            return .nothing
        }
        guard let end = LineEnds.last(in: bytes) else {
            // The line may be whole by now; a mapping does not grow with the file.
            mapping = nil
            position.consumed(to: position.offset, examined: start + Int64(count))
            return .nothing
        }
        let lines = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        marks.append(lines)
        position.consumed(to: start + Int64(end), examined: start + Int64(count))
        return .lines(lines, begin: position.base &+ UInt64(start))
    }

    /// Passes over bytes of a line that is too long to be kept.
    private mutating func skip(_ bytes: UnsafeRawBufferPointer, from start: Int64) throws(SystemError) -> Chunk {
        if let nul = LineEnds.lastNULOfFirstLine(in: bytes) {
            // What a loss of power leaves: the next line follows the last NUL, which stays with it.
            let next = start + Int64(nul)
            marks = try file.marks(at: next)
            mapping = nil
            position.consumed(to: next, examined: next)
            return .nothing
        }
        guard let end = LineEnds.first(in: bytes) else {
            mapping = nil
            position.consumed(to: position.offset, examined: start + Int64(bytes.count))
            return .nothing
        }
        let next = start + Int64(end)
        marks = try file.marks(at: next)
        let length = next - position.offset
        position.consumed(to: next, examined: next)
        return .endOfLongLine(length: length)
    }

    private mutating func mappedBytes(from offset: Int64) -> UnsafeRawBufferPointer? {
        if let bytes = mapping?.bytes(from: offset) { return bytes }
        mapping = MappedLog(file, from: offset)
        return mapping?.bytes(from: offset)
    }
}
