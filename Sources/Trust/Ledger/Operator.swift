import Glibc
import SystemPackage
import TrustCore

/// Who sits before the keyboard, as far as can be known.
package struct Operator: Codable, Equatable {
    /// The user who logged in, kept by the kernel over su and sudo (loginuid).
    var login: String?
    var loginUID: UInt32?
    /// What sudo claims in the environment: anybody can claim that.
    var sudoUser: String?
    var uid: UInt32

    package enum CodingKeys: String, CodingKey {
        case login, uid
        case loginUID = "login_uid"
        case sudoUser = "sudo_user"
    }

    /// How he is called in the list, where there is no room for claims.
    package var name: String { login ?? (uid == 0 ? "root" : "uid \(uid)") }
}

extension Operator {
    /// The one who runs this process.
    package static var current: Operator {
        var login: String?
        var loginUID: UInt32?
        if let text = try? Folder("/proc/self").contents(of: "loginuid", limit: 32),
            let uid = UInt32(String(decoding: text, as: UTF8.self)),
            uid != UInt32.max
        {
            loginUID = uid
            login = getpwuid(uid).map { String(cString: $0.pointee.pw_name) }
        }
        let sudo = getenv("SUDO_USER").map { Printable(String(cString: $0), limit: 64).description }
        return Operator(login: login, loginUID: loginUID, sudoUser: sudo.flatMap { $0.isEmpty ? nil : $0 }, uid: getuid())
    }
}

extension Operator {
    /// With what is only claimed marked as such.
    package var described: String {
        var text = login ?? (uid == 0 ? "root" : "uid \(uid)")
        if let sudoUser, sudoUser != login { text += " (sudo says \(sudoUser))" }
        return text
    }
}
