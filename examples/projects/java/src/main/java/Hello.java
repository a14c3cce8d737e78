public class Hello {
  public static void main(String[] words) {
    System.out.println("hello from " + System.getProperty("os.arch").replace("aarch64", "arm64"));
  }
}
