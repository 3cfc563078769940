import Glibc
import SystemPackage
import TrustCore

extension Follower {
    mutating func read(
        _ file: LogFile, _ position: inout LogPosition, into buffer: UnsafeMutableRawBufferPointer, found: inout [LineReader.Found]
    ) throws(SystemError) -> Turn {
        let isSkipping = position.isSkipping
        let start = isSkipping ? position.examined : position.offset
        let mapped = seen(file, from: start)
        let count = if let mapped { mapped.count } else { try file.read(at: start, into: buffer) }
        // The end of a compressed file is known when it is reached.
        guard count > 0 else { return file.gzip == nil ? .idle(until: nil) : .more }
        let bytes = mapped ?? UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if isSkipping {
            guard let end = LineSearch.endOfLine(in: bytes) else {
                mapping = nil
                position.consumed(to: position.offset, examined: start + Int64(count))
                return .more
            }
            let next = start + Int64(end)
            notes.append(Note(message: "a line of \(next - position.offset) bytes in \(names.pattern) was skipped"))
            counts.lost += 1
            marks = try file.marks(at: next)
            reader.skip()
            position.consumed(to: next, examined: next)
            return .more
        }
        // Of these bytes, and not of the file, which copytruncate may have emptied since: whoever then looks for the copy by another
        // beginning than was read finds none.
        guard marks.meet(bytes, at: start) else {
            mapping = nil
            return .more
        }
        guard let end = LineSearch.endOfLines(in: bytes) else {
            // The line may be whole by now; a mapping does not grow with the file.
            mapping = nil
            position.consumed(to: position.offset, examined: start + Int64(count))
            return .more
        }
        let lines = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        // Nothing was read into the buffer.
        let scratch = mapped == nil ? nil : buffer
        reader.read(lines: lines, begin: position.base &+ UInt64(start), now: .now, scratch: scratch, found: &found)
        // Nobody asks a run of `--once` how far it is.
        if patient { counts.lines += UInt64(LineSearch.count(in: lines)) }
        marks.append(lines)
        // What was saved of a short beginning may begin another file as well.
        if start == 0 { mustBeSaved = true }
        position.consumed(to: start + Int64(end), examined: start + Int64(count))
        return .more
    }

    /// Where the kernel holds it, for `--once`.
    private mutating func seen(_ file: LogFile, from offset: Int64) -> UnsafeRawBufferPointer? {
        guard !patient else { return nil }
        if let bytes = mapping?.bytes(from: offset) { return bytes }
        mapping = MappedLog(file, from: offset)
        return mapping?.bytes(from: offset)
    }
}
