import Certificates
import Glibc
package import Host
package import SystemPackage
import TrustCore

/// Takes the CA's key off this host, for a stick that lies in a drawer.
package struct KeyMove {
    private let authority: OwnAuthority

    package init(_ authority: OwnAuthority) { self.authority = authority }

    /// Writes the key to `target`, which must not exist, reads it back, and removes it here. At no moment is there no whole key.
    package func move(to target: FilePath) throws(Failure) {
        // Where there is no CA, there is nothing to move.
        _ = try authority.certificate()
        guard let pem = try OwnAuthority.bytes(of: authority.keyFile) else {
            let moved = authority.movedTo.map { ": it was moved to \(Printable($0, limit: 200))" } ?? ""
            throw Failure("the CA's key is not in \(authority.keyFile)\(moved); nothing has changed", .noSuchEntry)
        }
        let files = LocalFileSystem()
        guard !files.exists(target) else {
            throw Failure(
                "refused: nothing has changed: there is already a \(Printable(target.string, limit: 200))", .refused,
                hint: "name a new file")
        }
        do throws(SystemError) {
            try files.create(target, pem, like: nil, access: .closed)
            try files.synchronize(target.removingLastComponent())
            guard try files.contents(of: target) == pem else { throw SystemError("read", target, code: EIO) }
            // Said first: a doctor who finds both says that the key is still here.
            try files.create(authority.movedFile, Array("\(target)\n".utf8), like: nil, access: .open)
            try overwrite(pem.count)
            try files.remove(authority.keyFile)
            try files.synchronize(authority.folder)
        } catch {
            throw Failure(error).adding([
                files.exists(authority.keyFile) ? "the CA's key is still in \(authority.keyFile)" : "the CA's key is in \(target)"
            ])
        }
    }

    /// Zeros, so that the file's blocks do not give the key away. What a disk has copied elsewhere by itself stays there.
    private func overwrite(_ count: Int) throws(SystemError) {
        try LocalFileSystem().overwrite(authority.keyFile, [UInt8](repeating: 0, count: count))
    }
}
