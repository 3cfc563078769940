import CSystemd
import Glibc
import TrustCore

/// systemd, asked over the system bus.
package enum Systemd {
    /// How long a job may take.
    private static let patience = Duration.seconds(60)

    /// Whether systemd manages this machine (sd_booted(3)) and the system bus answers.
    package static var isRunning: Bool {
        guard sd_booted() > 0, let bus = try? Bus() else { return false }
        return bus.isOpen
    }

    /// Whether there is a unit of this name, generated ones included. Looks in the folders of systemd.unit(5).
    package static func knows(_ unit: String) -> Bool {
        let folders = [
            "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
            "/run/systemd/generator", "/run/systemd/generator.late",
        ]
        return folders.contains { access("\($0)/\(unit)", F_OK) == 0 }
    }

    /// Whether a timer of this name is started with the machine, as `systemctl enable` arranges it.
    package static func isEnabled(timer: String) -> Bool {
        ["/etc", "/run", "/usr/lib", "/lib"].contains { access("\($0)/systemd/system/timers.target.wants/\(timer)", F_OK) == 0 }
    }

    /// The unit that the process belongs to.
    package static func unit(of pid: Int32) -> String? {
        var name: UnsafeMutablePointer<CChar>?
        guard sd_pid_get_unit(pid, &name) >= 0, let name else { return nil }
        defer { free(name) }
        return String(cString: name)
    }

    /// Returns when the reload job of `unit` has ended.
    package static func reload(_ unit: String, _ progress: Progress) throws(BusError) { try job("ReloadUnit", unit, progress) }

    /// Returns when the restart job of `unit` has ended.
    package static func restart(_ unit: String, _ progress: Progress) throws(BusError) { try job("RestartUnit", unit, progress) }

    /// Returns when the unit is stopped.
    package static func stop(_ unit: String, _ progress: Progress) throws(BusError) { try job("StopUnit", unit, progress) }

    private static func job(_ method: String, _ unit: String, _ progress: Progress) throws(BusError) {
        let bus = try Bus()
        let path = try bus.call(method, unit, "replace")
        // The job's object exists as long as the job does.
        let deadline = Clock.monotonic + patience
        var wait = SlowWait { progress.wait("waiting for systemd and \(unit)") }
        while bus.exists(job: path) {
            wait.look()
            guard Clock.monotonic < deadline else { throw BusError("its job did not end within \(patience.components.seconds) seconds") }
            usleep(5_000)
        }
    }
}

/// Why a call over the system bus failed.
package struct BusError: Error, CustomStringConvertible {
    package let description: String

    init(_ code: CInt) { description = String(cString: strerror(-code)) }
    init(_ text: String) { description = text }
}

/// A connection to the system bus; closed when the value is destroyed.
private struct Bus: ~Copyable {
    private let bus: OpaquePointer

    private static let manager = "org.freedesktop.systemd1"

    init() throws(BusError) {
        var bus: OpaquePointer?
        let code = sd_bus_open_system(&bus)
        guard code >= 0, let bus else { throw BusError(code) }
        self.bus = bus
    }

    deinit { sd_bus_flush_close_unref(bus) }

    var isOpen: Bool { sd_bus_is_open(bus) > 0 }

    /// Calls a method of systemd's manager that takes two strings and returns an object path.
    func call(_ method: String, _ first: String, _ second: String) throws(BusError) -> String {
        var message: OpaquePointer?
        let made = sd_bus_message_new_method_call(
            bus, &message, Self.manager, "/org/freedesktop/systemd1", "\(Self.manager).Manager", method)
        guard made >= 0, let message else { throw BusError(made) }
        defer { sd_bus_message_unref(message) }
        for text in [first, second] {
            let code = text.withCString { sd_bus_message_append_basic(message, CChar(UInt8(ascii: "s")), $0) }
            guard code >= 0 else { throw BusError(code) }
        }
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        var reply: OpaquePointer?
        let code = sd_bus_call(bus, message, 0, &error, &reply)
        defer { sd_bus_message_unref(reply) }
        guard code >= 0 else { throw error.message.map { BusError(String(cString: $0)) } ?? BusError(code) }
        var path: UnsafePointer<CChar>?
        guard sd_bus_message_read_basic(reply, CChar(UInt8(ascii: "o")), &path) > 0, let path else { throw BusError("no job") }
        return String(cString: path)
    }

    func exists(job path: String) -> Bool {
        var state: UnsafeMutablePointer<CChar>?
        defer { free(state) }
        var error = sd_bus_error()
        defer { sd_bus_error_free(&error) }
        return sd_bus_get_property_string(bus, Self.manager, path, "\(Self.manager).Job", "State", &error, &state) >= 0
    }
}
