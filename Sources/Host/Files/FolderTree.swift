import Glibc
package import SystemPackage
package import TrustCore

/// Small trees of regular files.
package enum FolderTree {
    /// Copies the regular files and folders below `source`; `reading` says which file to read for a path. Links are followed: only root can
    /// make them there (`Ownership`).
    package static func copy(_ source: FilePath, to target: FilePath, reading: (FilePath) -> FilePath) throws(SystemError) {
        let files = LocalFileSystem()
        let from = try Folder(source)
        _ = try Folder.making(target, mode: 0o700)
        for name in try from.names() {
            let path = source.appending(name)
            var status = stat()
            guard stat(path.string, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try copy(path, to: target.appending(name), reading: reading)
            case S_IFREG:
                guard let bytes = try files.contents(of: ResolvedPath(reading(path)).filePath) else { continue }
                try files.create(
                    target.appending(name), bytes, like: nil, access: FileAccess(mode: status.st_mode & 0o777, group: status.st_gid))
            default: continue
            }
        }
    }

    /// All regular files below a folder, sorted; links are not followed. None when the folder is missing or unreadable.
    package static func files(below folder: FilePath) -> [FilePath] {
        ((try? Folder(folder).names()) ?? []).sorted().flatMap { name -> [FilePath] in
            let path = folder.appending(name)
            var status = stat()
            guard lstat(path.string, &status) == 0 else { return [] }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: return files(below: path)
            case S_IFREG: return [path]
            default: return []
            }
        }
    }

    /// Removes a tree that `copy` made. What cannot be removed stays, in a folder that only root may enter.
    package static func remove(_ path: FilePath) {
        guard let names = try? Folder(path).names() else { return }
        for name in names {
            let child = path.appending(name)
            if unlink(child.string) != 0 { remove(child) }
        }
        rmdir(path.string)
    }
}
