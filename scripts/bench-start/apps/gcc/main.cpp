#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

int main() {
  std::map<std::string, std::vector<int>> words;
  std::istringstream text("the quick brown fox jumps over the lazy dog");
  const std::regex vowels("[aeiou]");
  int position = 0;
  for (std::string word; text >> word;) words[std::regex_replace(word, vowels, "")].push_back(position++);
  std::cout << "ready: " << words.size() << " words" << std::endl;
}
