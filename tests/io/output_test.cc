// Where bytes go: complete files or none, and errors that are not lost.
#include "nf/io/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "io/io_test.h"

using namespace nf;
using namespace nf::io;
using nf::io::test::bytes_of;
using nf::io::test::Scratch;
namespace fs = std::filesystem;

namespace {

// Runs `body` with descriptor 1 replaced by `descriptor`.
template <typename Body>
void with_stdout(int descriptor, Body body) {
  const int saved = dup(STDOUT_FILENO);
  dup2(descriptor, STDOUT_FILENO);
  try {
    body();
  } catch (...) {
    dup2(saved, STDOUT_FILENO);
    close(saved);
    throw;
  }
  dup2(saved, STDOUT_FILENO);
  close(saved);
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string kLong(1 << 20, 'x');

}  // namespace

BOOST_AUTO_TEST_CASE(a_file_appears_when_it_is_committed) {
  const Scratch scratch;
  Output out(scratch.path("x"));
  out.write("abc");
  out.write(kLong);
  out.flush();
  BOOST_TEST(!fs::exists(scratch.path("x")));
  out.commit();
  BOOST_TEST(bytes_of(scratch.path("x")) == "abc" + kLong);
  BOOST_TEST(scratch.files() == 1);
}

BOOST_AUTO_TEST_CASE(without_commit_nothing_changes) {
  const Scratch scratch;
  scratch.file("x", "old");
  {
    Output out(scratch.path("x")), other(scratch.path("y"));
    out.write(kLong);
    BOOST_TEST(scratch.files() == 3);
  }
  BOOST_TEST(bytes_of(scratch.path("x")) == "old");
  BOOST_TEST(scratch.files() == 1);
}

BOOST_AUTO_TEST_CASE(new_files_obey_the_umask_and_old_ones_keep_their_mode) {
  const Scratch scratch;
  const auto mode_after_writing = [&](const std::string& name) {
    Output out(scratch.path(name));
    out.commit();
    return static_cast<int>(fs::status(scratch.path(name)).permissions());
  };
  const mode_t saved = umask(027);
  BOOST_TEST(mode_after_writing("new") == 0640);
  scratch.file("old", "");
  fs::permissions(scratch.path("old"), fs::perms(0604));
  BOOST_TEST(mode_after_writing("old") == 0604);
  umask(saved);
}

BOOST_AUTO_TEST_CASE(a_link_stays_and_its_target_is_replaced) {
  const Scratch scratch;
  fs::create_directory(scratch.path("d"));
  scratch.file("d/target", "old");
  fs::create_symlink("d/target", scratch.path("link"));
  fs::create_symlink("link", scratch.path("link2"));
  fs::create_symlink("d/new", scratch.path("dangling"));
  for (const char* name : {"link2", "dangling"}) {
    Output out(scratch.path(name));
    out.write("new");
    out.commit();
    BOOST_TEST(fs::is_symlink(scratch.path(name)));
  }
  BOOST_TEST(bytes_of(scratch.path("d/target")) == "new");
  BOOST_TEST(bytes_of(scratch.path("d/new")) == "new");
}

BOOST_AUTO_TEST_CASE(errors_name_the_file) {
  const Scratch scratch;
  const auto open = [&](const std::string& name) { return error_of([&] { Output out(scratch.path(name)); }); };
  BOOST_TEST(open("no/x.nf") == "cannot write '" + scratch.path("no/x.nf") + "': No such file or directory");
  BOOST_TEST(open("") == "cannot write '" + scratch.path("") + "': Is a directory");
  scratch.file("f", "");
  BOOST_TEST(open("f/x") == "cannot write '" + scratch.path("f/x") + "': Not a directory");
  BOOST_TEST(open(std::string(300, 'n')).ends_with("': File name too long"));
  BOOST_TEST(error_of([] { Output out(""); }) == "cannot write '': No such file or directory");
  BOOST_TEST(scratch.files() == 1);
}

BOOST_AUTO_TEST_CASE(a_name_of_the_greatest_length_can_be_written) {
  const Scratch scratch;
  Output out(scratch.path(std::string(255, 'n')));
  out.commit();
  BOOST_TEST(scratch.files() == 1);
}

BOOST_AUTO_TEST_CASE(a_full_device_is_an_error) {
  BOOST_TEST(error_of([] {
               Output out("/dev/full");
               out.write("x");
               out.commit();
             }) == "cannot write '/dev/full': No space left on device");
  const int full = open("/dev/full", O_WRONLY);
  with_stdout(full, [] {
    BOOST_TEST(error_of([] {
                 Output out("-");
                 out.write("x");
                 out.commit();
               }) == "cannot write 'stdout': No space left on device");
  });
  close(full);
}

BOOST_AUTO_TEST_CASE(special_files_are_written_in_place) {
  Output out("/dev/null");
  BOOST_TEST(!out.seekable());
  out.write(kLong);
  out.commit();
  BOOST_TEST(fs::is_character_file("/dev/null"));
}

BOOST_AUTO_TEST_CASE(a_closed_pipe_on_standard_output_is_a_quiet_end) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  BOOST_CHECK_THROW(with_stdout(ends[1],
                                [] {
                                  Output out("-");
                                  BOOST_TEST(!out.seekable());
                                  out.write("x");
                                  out.commit();
                                }),
                    BrokenPipe);
  close(ends[1]);
}

BOOST_AUTO_TEST_CASE(bytes_can_be_written_again_in_a_file) {
  const Scratch scratch;
  Output out(scratch.path("x"));
  BOOST_TEST(out.seekable());
  out.write("head....body");
  out.write_at(4, "1234");
  out.write("tail");
  out.commit();
  BOOST_TEST(bytes_of(scratch.path("x")) == "head1234bodytail");
}

BOOST_AUTO_TEST_CASE(standard_output_may_be_the_middle_of_a_file) {
  const Scratch scratch;
  const int file = open(scratch.file("x", "before:").c_str(), O_WRONLY);
  lseek(file, 0, SEEK_END);
  with_stdout(file, [] {
    Output out("-");
    BOOST_TEST(out.seekable());
    out.write("abcd");
    out.write_at(1, "B");
    out.commit();
  });
  close(file);
  BOOST_TEST(bytes_of(scratch.path("x")) == "before:aBcd");
}

BOOST_AUTO_TEST_CASE(appending_standard_output_is_not_seekable) {
  const Scratch scratch;
  const int file = open(scratch.file("x", "before:").c_str(), O_WRONLY | O_APPEND);
  with_stdout(file, [] { BOOST_TEST(!Output("-").seekable()); });
  close(file);
}

BOOST_AUTO_TEST_CASE(a_signal_handler_can_remove_what_is_unfinished) {
  const Scratch scratch;
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGTERM, [](int) {
      Output::remove_unfinished();
      _exit(3);
    });
    Output first(scratch.path("a")), second(scratch.path("b"));
    first.write(kLong);
    raise(SIGTERM);
    _exit(4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  BOOST_TEST(WEXITSTATUS(status) == 3);
  BOOST_TEST(scratch.files() == 0);
}
